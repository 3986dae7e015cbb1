#include "cli/model_file.hpp"

#include "base/error.hpp"
#include "learn/xgboost_model.hpp"
#include "store/artifacts.hpp"

namespace kohort {
namespace fs = std::filesystem;

Model read_model(const fs::path& file, ModelRecord* record) {
  if (!fs::is_regular_file(file))
    throw Error(ErrorKind::Data, "no model file is there", file.string(),
                "check the path, or fit one: kohort fit");
  try {
    return from_bytes(read_file(file), record);
  } catch (const Error& e) {
    throw Error(e.kind(), e.problem(), file.string(), e.mend());
  }
}

void check_model_file(const fs::path& file, std::string_view kind) {
  if (file.extension() == ".json" && (kind == "linear" || kind == "lasso"))
    throw Error(ErrorKind::Study, "XGBoost's JSON holds trees, and this model is linear", file.string(),
                "give the file another ending, for example .kohort");
}

void write_model(const fs::path& file, const Model& model, const ModelRecord& record) {
  check_model_file(file, kind_of(model));
  write_file(file, file.extension() == ".json" ? to_xgboost_json(model, record) : to_bytes(model, record));
}

}  // namespace kohort
