#include "cli/model_file.hpp"

#include "base/error.hpp"
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

void write_model(const fs::path& file, const Model& model, const ModelRecord& record) {
  write_file(file, to_bytes(model, record));
}

}  // namespace kohort
