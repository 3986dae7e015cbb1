#pragma once
// Model files as commands read and write them.

#include <filesystem>

#include "learn/model.hpp"

namespace kohort {

/// Throws Error (data) naming the file where there is none, or none that kohort reads.
Model read_model(const std::filesystem::path& file, ModelRecord* record = nullptr);
/// Throws Error (system) where the file cannot be written.
void write_model(const std::filesystem::path& file, const Model& model, const ModelRecord& record);

}  // namespace kohort
