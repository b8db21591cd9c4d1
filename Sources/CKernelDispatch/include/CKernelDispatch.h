#pragma once
#include "dispatch.h"
#include "kernel.h"
