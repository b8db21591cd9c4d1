/// The formats, in listing order.
package let exporterCatalog: [any RunExporter.Type] = [
  JSONLinesExporter.self, TensorBoardExporter.self, SQLiteExporter.self, MLflowExporter.self,
  BundleExporter.self,
]
