// Any text is a model of XGBoost that kohort reads or an Error of the data. What was read keeps its bytes in
// our own format and in XGBoost's, and predicts on any table that has its predictors.

#include <cstring>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "learn/xgboost_model.hpp"
#include "model_checks.hpp"

namespace {

using namespace kohort;

// --- changes that keep the bytes JSON: of bytes changed anywhere, few are a model still

using nlohmann::json;

/// Numbers and words at the edges of what a reader expects.
json edge_value(std::uint64_t draw) {
  static const std::vector<json> values{-1,
                                        0,
                                        1,
                                        2,
                                        63,
                                        64,
                                        65,
                                        1000,
                                        2147483647,
                                        2147483648U,
                                        -2147483649,
                                        -0.5,
                                        1e39,
                                        1e300,
                                        -1e300,
                                        nullptr,
                                        true,
                                        false,
                                        "",
                                        "inf",
                                        "1e39",
                                        "nan",
                                        std::numeric_limits<std::uint64_t>::max(),
                                        std::numeric_limits<std::int64_t>::min(),
                                        json::array(),
                                        json::object(),
                                        "sets",
                                        "report",
                                        "ordinal",
                                        "category",
                                        "number",
                                        "poisson"};
  return values[draw % values.size()];
}

void collect(json& value, std::vector<json*>& all) {
  all.push_back(&value);
  if (value.is_structured())
    for (json& part : value) collect(part, all);
}

void change(json& model, Stream stream) {
  std::vector<json*> all;
  collect(model, all);
  json& one = *all[stream.below(0, all.size())];
  switch (stream.below(1, 5)) {
    case 0:
      one = json(*all[stream.below(2, all.size())]);
      break;
    case 1:
      if (one.is_array() && !one.empty()) one.erase(stream.below(3, one.size()));
      break;
    case 2:
      if (one.is_array() && !one.empty()) one.push_back(json(one[stream.below(4, one.size())]));
      break;
    default:
      one = edge_value(stream.bits(5));
  }
}

/// The text of our own attribute; nothing when the model has none.
json* own_attribute(json& model) {
  const json::json_pointer place{"/learner/attributes/kohort"};
  return model.is_object() && model.contains(place) ? &model[place] : nullptr;
}

/// The model with our attribute's text as a part of it; nothing when it is no JSON.
std::optional<json> unfolded(std::string_view bytes) {
  json model = json::parse(bytes, nullptr, false);
  if (!model.is_object()) return std::nullopt;
  if (json* text = own_attribute(model); text != nullptr && text->is_string()) {
    json attribute = json::parse(text->get_ref<const std::string&>(), nullptr, false);
    if (!attribute.is_discarded()) *text = std::move(attribute);
  }
  return model;
}

std::string folded(json model) {
  if (json* attribute = own_attribute(model); attribute != nullptr && attribute->is_structured())
    *attribute = attribute->dump();
  return model.dump();
}

}  // namespace

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned seed) {
  const Stream stream{seed};
  std::optional<json> model = unfolded({reinterpret_cast<const char*>(data), size});
  if (!model || stream.below(0, 4) == 0) return LLVMFuzzerMutate(data, size, most);
  for (std::uint64_t k = 0; k <= stream.below(1, 3); ++k) change(*model, stream.child(k));
  const std::string changed = folded(std::move(*model));
  if (changed.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::memcpy(data, changed.data(), changed.size());
  return changed.size();
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto read = read_or_refuse(bytes);
  if (!read || !std::holds_alternative<TreeModel>(read->model)) return 0;
  const std::string own = to_bytes(read->model, read->record);
  for (const std::string& written : {own, to_xgboost_json(read->model, read->record)}) {
    const auto again = read_or_refuse(written);
    if (!again || to_bytes(again->model, again->record) != own) std::abort();
  }
  use(read->model);
  return 0;
}
