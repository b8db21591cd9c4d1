#pragma once
#include "decimal.h"
#include "keys.h"
#include "sha256.h"
#include "text.h"
