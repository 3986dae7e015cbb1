#pragma once
// Writes a synthetic country to disk: registers to study, and beside them the truth.

#include <filesystem>

#include "base/log.hpp"
#include "base/workers.hpp"
#include "synth/settings.hpp"

namespace kohort {

/// Writes <out>/registers/<register>/part-00000.parquet …, <out>/registers/schema.yaml and
/// <out>/truth/<table>/part-00000.parquet … with <out>/truth/settings.json. The same settings give the same
/// bytes on any number of threads; memory grows with the threads, not with the persons. Both folders appear
/// whole or not at all; when both are there already with the same settings nothing is done (returns false).
/// Throws Error (study) for settings that make no country or when <out> holds other registers.
bool make_registers(const SynthSettings& settings, const std::filesystem::path& out, Workers& workers,
                    Log& log);

}  // namespace kohort
