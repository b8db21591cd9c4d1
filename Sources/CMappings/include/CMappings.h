#pragma once
#include "mappings.h"
