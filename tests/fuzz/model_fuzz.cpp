// Any bytes are a model or an Error of the data. A model writes bytes that read back as the same bytes, and
// predicts on any table that has its predictors.

#include <cstdlib>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/error.hpp"
#include "base/random.hpp"
#include "learn/model.hpp"
#include "learn/model_features.hpp"

namespace {

using namespace kohort;

std::optional<Model> read(std::string_view bytes) {
  try {
    return from_bytes(bytes);
  } catch (const Error& e) {
    if (e.kind() != ErrorKind::Data) std::abort();
    return std::nullopt;
  }
}

std::vector<ColumnInfo> columns_of(const Model& model) {
  std::vector<ColumnInfo> columns;
  if (const auto* linear = std::get_if<LinearModel>(&model))
    for (const LinearTerm& term : linear->terms) columns.push_back(term.info);
  if (const auto* trees = std::get_if<TreeModel>(&model))
    for (const EncodedColumn& column : trees->encoding.columns) columns.push_back(column.info);
  return columns;
}

/// A table of the predictors with cells at the edges of what they may hold; nothing when a name comes twice.
std::optional<Matrix> table_for(const Model& model) {
  using Limits = std::numeric_limits<float>;
  MatrixBuilder builder{5};
  for (const ColumnInfo& info : columns_of(model)) {
    std::vector<float> cells{Limits::quiet_NaN(), 0, Limits::lowest(), Limits::max(), Limits::infinity()};
    if (info.kind == ColumnKind::Category) {
      cells.assign(5, Limits::quiet_NaN());
      if (!info.levels.empty()) cells[1] = 0;
      if (!info.levels.empty()) cells[2] = static_cast<float>(info.levels.size() - 1);
    }
    try {
      builder.add(info, cells);
    } catch (const Error&) {
      return std::nullopt;
    }
  }
  return builder.finish();
}

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

/// The model with the booster's text as a part of it; nothing when it is no JSON.
std::optional<json> unfolded(std::string_view bytes) {
  json model = json::parse(bytes, nullptr, false);
  if (!model.is_object()) return std::nullopt;
  if (model.contains("booster") && model["booster"].is_string()) {
    json booster = json::parse(model["booster"].get_ref<const std::string&>(), nullptr, false);
    if (!booster.is_discarded()) model["booster"] = std::move(booster);
  }
  return model;
}

std::string folded(json model) {
  if (model.contains("booster") && model["booster"].is_structured())
    model["booster"] = model["booster"].dump();
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
  const std::optional<Model> model = read({reinterpret_cast<const char*>(data), size});
  if (!model) return 0;
  const std::string bytes = to_bytes(*model);
  const std::optional<Model> again = read(bytes);
  if (!again || to_bytes(*again) != bytes) std::abort();
  if (const std::optional<Matrix> table = table_for(*model)) {
    static Workers workers{1};
    predict(*model, *table, all_rows(5), workers);
    model_features(*model, *table, all_rows(5));
  }
  return 0;
}
