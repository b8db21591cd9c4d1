#pragma once
#include "dispatch.h"
#include "elementwise.h"
#include "embedding.h"
#include "mixture.h"
#include "normalization.h"
#include "random.h"
#include "softmax.h"
