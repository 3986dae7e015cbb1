#pragma once
// What the synthetic registers say of themselves: their schema.yaml.

#include "registers/schema.hpp"
#include "synth/codes.hpp"

namespace kohort {

/// The schema of the synthetic registers, code lists filled in. The tables are shaped by it.
Schema synthetic_schema(const Codes& codes);

}  // namespace kohort
