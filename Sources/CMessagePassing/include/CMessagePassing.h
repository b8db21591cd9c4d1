#pragma once
#include "message_passing.h"
