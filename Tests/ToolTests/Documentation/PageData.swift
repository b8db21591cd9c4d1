/// Files of the form that `experiments/schemas/us-flights.yaml` reads, with random flights.
enum RandomFlights {
  static let houston = flights(
    header: "Year,Month,DayofMonth,DepTime,ArrTime,UniqueCarrier,FlightNum,TailNum,ArrDelay,"
      + "DepDelay,Origin,Dest,Distance,Cancelled", seed: 1
  ) {
    "2011,\($0.month),\($0.day),\($0.time),1200,\($0.carrier),\($0.flight),N\($0.flight),"
      + "\($0.arrival),\($0.departure),\($0.flight % 2 == 0 ? "IAH" : "HOU"),\($0.dest),300,0"
  }

  static let northwest = flights(
    header: "year,month,day,dep_time,dep_delay,arr_time,arr_delay,carrier,tailnum,flight,origin,"
      + "dest,air_time,distance,hour,minute", seed: 2
  ) {
    "2014,\($0.month),\($0.day),\($0.time),\($0.departure),1200,\($0.arrival),\($0.carrier),"
      + "N\($0.flight),\($0.flight),\($0.flight % 2 == 0 ? "SEA" : "PDX"),\($0.dest),60,500,5,0"
  }

  private struct Flight {
    var (month, day, time, carrier, flight) = (0, 0, 0, "", 0)
    var (departure, arrival, dest) = (0, 0, "")
  }

  private static func flights(header: String, seed: UInt64, _ line: (Flight) -> String) -> String {
    var state = seed
    func draw(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    var text = header + "\n"
    for row in 0..<1200 {
      let departure = draw(40) - 10
      text +=
        line(
          Flight(
            month: row % 12 + 1, day: row % 28 + 1, time: (6 + draw(16)) * 100 + draw(60),
            carrier: ["AA", "UA", "WN"][draw(3)], flight: 100 + draw(40), departure: departure,
            arrival: departure + draw(20) - 10, dest: ["DEN", "JFK", "LAX"][draw(3)])) + "\n"
    }
    return text
  }
}

/// Files of one country in the form that `experiments/schemas/aliexpress-raw.yaml` reads: users of
/// 33 and items of 49 columns, without header.
enum MadeUpSearches {
  static func users(pages: Int) -> String {
    (0..<pages).map { page in
      let cells = (2...33).map { "\((page + $0) % 3)" }
      return "p\(page),\(cells.joined(separator: ","))\n"
    }.joined()
  }

  static func items(pages: Int) -> String {
    (0..<3 * pages).map { row in
      let cells = (2...48).map { "\((row + $0) % 4)" }
      let label = row % 7 == 0 ? 2 : row % 4 == 0 ? 1 : 0
      return "p\(row / 3),\(cells.joined(separator: ",")),\(label)\n"
    }.joined()
  }
}
