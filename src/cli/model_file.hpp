#pragma once
// Model files as commands read and write them.

#include <filesystem>

#include "learn/model.hpp"

namespace kohort {

/// A model in our own format or in XGBoost's JSON. Throws Error (data) naming the file where there is none,
/// or none that kohort reads.
Model read_model(const std::filesystem::path& file, ModelRecord* record = nullptr);
/// A name ending in .json gets XGBoost's JSON, any other our own format. Throws Error (study) for a linear
/// model as JSON, Error (system) where the file cannot be written.
void write_model(const std::filesystem::path& file, const Model& model, const ModelRecord& record);
/// The first of those, before anything is fitted.
void check_model_file(const std::filesystem::path& file, std::string_view kind);

}  // namespace kohort
