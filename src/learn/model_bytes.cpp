#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"
#include "learn/model.hpp"
#include "learn/tree/tree_bytes.hpp"
#include "learn/xgboost_model.hpp"

namespace kohort {
namespace {

constexpr std::string_view kMagic = "kohmodel";
// A model is written in the lowest version that holds it.
constexpr std::uint32_t kVersion = 2;     // trees, and linear models without anything newer
constexpr std::uint32_t kRegression = 3;  // linear models with a transform of their own or standard errors
constexpr std::uint32_t kProducts = 4;    // linear models with products, or codes of categories
constexpr std::size_t kDigest = 32;       // hexadecimal digits

// Values are written as their place in these lists: only ever add at the end.
constexpr std::array<std::string_view, 4> kKinds{"linear", "lasso", "random_forest", "boosting"};
constexpr std::array kObjectives{Objective::SquaredError, Objective::Logistic, Objective::Poisson,
                                 Objective::Tweedie};
constexpr std::array kColumnKinds{ColumnKind::Number, ColumnKind::Count, ColumnKind::Flag,
                                  ColumnKind::Category};
constexpr std::array kTransforms{Transform::Log1p, Transform::None};
constexpr std::array<std::string_view, 3> kStandardErrors{"model", "robust", "cluster"};
constexpr std::array kRules{CategoryRule::Sets, CategoryRule::Report, CategoryRule::Ordinal};

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::Data, why); }

template <class List, class Value>
void put_one_of(ByteWriter& out, const List& list, const Value& value) {
  out.put(static_cast<std::uint8_t>(std::ranges::find(list, value) - list.begin()));
}

template <class List>
auto take_one_of(ByteReader& from, const List& list, const char* what) {
  const auto place = from.take<std::uint8_t>();
  if (place >= list.size()) refuse(fmt::format("unknown {}", what));
  return list[place];
}

void put_info(ByteWriter& out, const ColumnInfo& info) {
  out.put_text(info.name);
  put_one_of(out, kColumnKinds, info.kind);
  out.put(static_cast<std::uint32_t>(info.levels.size()));
  for (const std::string& level : info.levels) out.put_text(level);
}

ColumnInfo take_info(ByteReader& from) {
  ColumnInfo info;
  info.name = from.take_text();
  info.kind = take_one_of(from, kColumnKinds, "kind of column");
  const auto levels = from.take<std::uint32_t>();
  if (levels > 0 && info.kind != ColumnKind::Category) refuse("levels of a column that is no category");
  for (std::uint32_t k = 0; k < levels; ++k) info.levels.push_back(from.take_text());
  return info;
}

void put_record(ByteWriter& out, const ModelRecord& record) {
  out.put(static_cast<std::uint32_t>(record.size()));
  for (const auto& [name, text] : record) {
    out.put_text(name);
    out.put_text(text);
  }
}

ModelRecord take_record(ByteReader& from) {
  ModelRecord record;
  const auto count = from.take<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) {
    std::string name = from.take_text();
    record[std::move(name)] = from.take_text();
  }
  return record;
}

// --- linear

/// What only version 3 has.
Transform transform_of(const LinearModel& model) {
  const auto plain = [](const LinearTerm& term) { return term.transform == Transform::None; };
  return std::ranges::any_of(model.terms, plain) ? Transform::None : Transform::Log1p;
}

std::uint32_t version_of(const LinearModel& model) {
  if (!model.products.empty() || std::ranges::any_of(model.terms, &LinearTerm::ordinal)) return kProducts;
  return model.inference || transform_of(model) == Transform::None ? kRegression : kVersion;
}
std::uint32_t version_of(const TreeModel&) { return kVersion; }

/// NaN stands for no number.
void put_optional(ByteWriter& out, const std::optional<double>& value) {
  out.put(value.value_or(std::numeric_limits<double>::quiet_NaN()));
}

std::optional<double> take_optional(ByteReader& from) {
  const auto value = from.take<double>();
  return std::isnan(value) ? std::nullopt : std::optional{value};
}

void put(ByteWriter& out, const Inference& inference) {
  put_one_of(out, kStandardErrors, std::string_view{inference.standard_errors});
  out.put(static_cast<std::uint8_t>(inference.firth));
  out.put(inference.observations);
  out.put(inference.clusters);
  for (const double x : {inference.df_residual, inference.freedom, inference.dispersion, inference.deviance,
                         inference.null_deviance})
    out.put(x);
  for (const auto& x : {inference.log_likelihood, inference.aic, inference.intercept_error})
    put_optional(out, x);
  for (const auto& x : inference.errors) put_optional(out, x);
}

Inference take_inference(ByteReader& from, std::size_t coefficients) {
  Inference inference;
  inference.standard_errors = take_one_of(from, kStandardErrors, "kind of standard errors");
  inference.firth = from.take_flag();
  inference.observations = from.take<std::uint64_t>();
  inference.clusters = from.take<std::uint64_t>();
  for (double* x : {&inference.df_residual, &inference.freedom, &inference.dispersion, &inference.deviance,
                    &inference.null_deviance})
    *x = from.take<double>();
  for (auto* x : {&inference.log_likelihood, &inference.aic, &inference.intercept_error})
    *x = take_optional(from);
  for (std::size_t k = 0; k < coefficients; ++k) inference.errors.push_back(take_optional(from));
  return inference;
}

std::size_t coefficients_of(const LinearTerm& term) {
  if (!one_hot(term)) return 1;
  return term.info.levels.size() + (term.missing_is_level ? 1 : 0);
}

// What a term's levels are when they are not indicators: codes of one number.
constexpr std::uint8_t kCodes = 2;
// What a factor of a product is.
constexpr std::uint8_t kCell = 0, kLevel = 1, kAbove = 2;

void put(ByteWriter& out, const TermFactor& factor, const LinearModel& model) {
  const bool category = one_hot(model.terms[factor.term]);
  out.put(factor.term);
  out.put(category ? kLevel : factor.above ? kAbove : kCell);
  if (category) out.put(factor.level);
  if (factor.above) out.put(*factor.above);
}

TermFactor take_factor(ByteReader& from, const LinearModel& model) {
  TermFactor factor{.term = from.take<std::uint32_t>()};
  if (factor.term >= model.terms.size()) refuse("a product of a predictor that is none");
  const LinearTerm& term = model.terms[factor.term];
  const auto what = from.take<std::uint8_t>();
  const bool category = one_hot(term);
  if (what > kAbove || category != (what == kLevel)) refuse("a product of what the predictor is not");
  if (category) factor.level = from.take<std::uint32_t>();
  if (factor.level >= coefficients_of(term)) refuse("a product of a level that is none");
  if (what == kAbove) factor.above = from.take<float>();
  if (factor.above && !std::isfinite(*factor.above)) refuse("a threshold that is no number");
  return factor;
}

void put_products(ByteWriter& out, const LinearModel& model) {
  out.put(static_cast<std::uint32_t>(model.products.size()));
  for (const ProductTerm& product : model.products) {
    for (const double x : {product.scale, product.coefficient, product.mean}) out.put(x);
    out.put(static_cast<std::uint32_t>(product.factors.size()));
    for (const TermFactor& factor : product.factors) put(out, factor, model);
  }
}

std::vector<ProductTerm> take_products(ByteReader& from, const LinearModel& model) {
  std::vector<ProductTerm> products;
  const auto count = from.take<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) {
    ProductTerm product;
    for (double* x : {&product.scale, &product.coefficient, &product.mean}) *x = from.take<double>();
    const auto factors = from.take<std::uint32_t>();
    if (factors == 0) refuse("a product of nothing");
    for (std::uint32_t f = 0; f < factors; ++f) product.factors.push_back(take_factor(from, model));
    products.push_back(std::move(product));
  }
  return products;
}

void put(ByteWriter& out, const LinearModel& model) {
  out.put(model.intercept);
  out.put(static_cast<std::uint8_t>(model.converged));
  out.put(static_cast<std::uint32_t>(model.iterations));
  out.put(model.gap);
  out.put(static_cast<std::uint32_t>(model.notes.size()));
  for (const std::string& note : model.notes) out.put_text(note);
  out.put(static_cast<std::uint32_t>(model.terms.size()));
  for (const LinearTerm& term : model.terms) {
    put_info(out, term.info);
    for (const double x : {term.median, term.missing, term.negative, term.scale}) out.put(x);
    out.put(static_cast<std::uint8_t>(term.ordinal ? kCodes : term.missing_is_level));
    out.put_all(std::span<const double>{term.coefficients});
    out.put_all(std::span<const double>{term.means});
  }
  if (version_of(model) == kVersion) return;
  if (version_of(model) == kProducts) put_products(out, model);
  put_one_of(out, kTransforms, transform_of(model));
  out.put(static_cast<std::uint8_t>(model.inference.has_value()));
  if (model.inference) put(out, *model.inference);
}

LinearTerm take_term(ByteReader& from, std::uint32_t version) {
  LinearTerm term;
  term.info = take_info(from);
  for (double* x : {&term.median, &term.missing, &term.negative, &term.scale}) *x = from.take<double>();
  const auto levels = from.take<std::uint8_t>();
  if (levels > (version == kProducts ? kCodes : 1)) refuse("a flag is neither 0 nor 1");
  term.missing_is_level = levels == 1;
  term.ordinal = levels == kCodes;
  if (term.ordinal && term.info.kind != ColumnKind::Category) refuse("codes of a column that is no category");
  term.coefficients = from.take_all<double>(coefficients_of(term));
  term.means = from.take_all<double>(coefficients_of(term));
  return term;
}

LinearModel take_linear(ByteReader& from, std::string_view kind, Objective objective, std::uint32_t version) {
  LinearModel model{.kind = std::string{kind}, .objective = objective, .terms = {}, .notes = {}};
  model.intercept = from.take<double>();
  model.converged = from.take_flag();
  model.iterations = from.take<std::int32_t>();
  if (model.iterations < 0) refuse("a count is below zero");
  model.gap = from.take<double>();
  const auto notes = from.take<std::uint32_t>();
  for (std::uint32_t k = 0; k < notes; ++k) model.notes.push_back(from.take_text());
  const auto terms = from.take<std::uint32_t>();
  for (std::uint32_t k = 0; k < terms; ++k) model.terms.push_back(take_term(from, version));
  if (version == kVersion) return model;
  if (version == kProducts) model.products = take_products(from, model);
  const Transform transform = take_one_of(from, kTransforms, "transform");
  std::size_t coefficients = model.products.size();
  for (LinearTerm& term : model.terms) {
    coefficients += term.coefficients.size();
    if (!one_hot(term)) term.transform = transform;
  }
  if (from.take_flag()) model.inference = take_inference(from, coefficients);
  return model;
}

// --- trees

void put(ByteWriter& out, const TreeModel& model) {
  put_one_of(out, kRules, model.encoding.rule);
  out.put(static_cast<std::uint32_t>(model.encoding.columns.size()));
  for (const EncodedColumn& column : model.encoding.columns) put_info(out, column.info);
  put_trees(out, model.trees, xgboost_features(model.encoding));
}

TreeModel take_tree(ByteReader& from, std::string_view kind, Objective objective) {
  const CategoryRule rule = take_one_of(from, kRules, "encoding");
  std::vector<ColumnInfo> columns;
  const auto count = from.take<std::uint32_t>();
  for (std::uint32_t k = 0; k < count; ++k) columns.push_back(take_info(from));
  TreeModel model{std::string{kind}, make_tree_encoding(columns, rule), {}};
  model.trees = take_trees(from, objective, xgboost_features(model.encoding));
  return model;
}

/// What lies between the version and the digest.
Model take_model(ByteReader from, ModelRecord& record, std::uint32_t version) {
  const std::string_view kind = take_one_of(from, kKinds, "kind of model");
  const Objective objective = take_one_of(from, kObjectives, "objective");
  record = take_record(from);
  const bool linear = kind == "linear" || kind == "lasso";
  Model model =
      linear ? Model{take_linear(from, kind, objective, version)} : Model{take_tree(from, kind, objective)};
  if (from.left() > 0) refuse("something follows its end");
  return model;
}

Model read_whole(std::string_view bytes, ModelRecord& record) {
  if (!bytes.starts_with(kMagic)) refuse("another format");
  ByteReader from{bytes.substr(kMagic.size())};
  const auto version = from.take<std::uint32_t>();
  if (version < kVersion || version > kProducts) refuse("written by another version");
  from.expect(kDigest);
  const std::string_view body = bytes.substr(0, bytes.size() - kDigest);
  if (hash_text(body) != bytes.substr(body.size())) refuse("its checksum is another, so it is damaged");
  Model model = take_model(ByteReader{body.substr(kMagic.size() + sizeof(kVersion))}, record, version);
  // One model, one form: zeros that fill a byte, widths and orders may not differ.
  if (to_bytes(model, record) != bytes) refuse("kohort writes the same model otherwise");
  return model;
}

}  // namespace

std::string to_bytes(const Model& model, const ModelRecord& record) {
  ByteWriter out;
  out.bytes = kMagic;
  out.put(std::visit([](const auto& m) { return version_of(m); }, model));
  put_one_of(out, kKinds, std::string_view{kind_of(model)});
  put_one_of(out, kObjectives, objective_of(model));
  put_record(out, record);
  std::visit([&](const auto& m) { put(out, m); }, model);
  return out.bytes + hash_text(out.bytes);
}

Model from_bytes(std::string_view bytes, ModelRecord* record) {
  if (trim(bytes.substr(0, 100)).starts_with('{')) return from_xgboost_json(bytes, record);
  try {
    ModelRecord own;
    Model model = read_whole(bytes, own);
    if (record != nullptr) *record = std::move(own);
    return model;
  } catch (const Error& e) {
    throw Error(ErrorKind::Data, "this is no model of kohort: " + e.problem(), {},
                "give a model of kohort, or of XGBoost saved as JSON");
  }
}

}  // namespace kohort
