#include "cohort/predictors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/text.hpp"
#include "cohort/declaration.hpp"
#include "cohort/expression.hpp"
#include "cohort/ready_sets.hpp"

namespace kohort {
namespace {

using Specs = std::vector<PredictorSpec>;
constexpr auto kDated = {Temporality::Event, Temporality::Status, Temporality::Accumulated};

/// An entry of a declaration for one relative: its columns are added to `out`.
struct Entry {
  const Block& block;
  const std::string& relative;
  const Node& node;
  Specs& out;
};

void set_window(PredictorSpec& spec, const Window& window) {
  spec.window_years = window.years;
  spec.column.window = window.name();
}

void set_part(PredictorSpec& spec, const Part& part) {
  spec.split = part.split;
  spec.code = part.code;
}

/// One column per window and part: <name>_<what>_<window><part>.
template <class Finish>
void each_window_and_part(const Entry& entry, Aggregate aggregate, PredictorKind kind,
                          const std::string& what, const std::string& label, Finish finish) {
  for (const Window& window : windows_of(entry.block, entry.node))
    for (const Part& part : parts_of(entry.block, entry.node)) {
      PredictorSpec spec =
          make_spec(entry.block, entry.relative, aggregate, kind,
                    fmt::format("{}_{}_{}{}", entry.block.name, what, window.name(), part.name),
                    fmt::format("{}, {}{}", label, window.label(), part.label));
      set_window(spec, window);
      set_part(spec, part);
      finish(spec);
      entry.out.push_back(std::move(spec));
    }
}

/// count, any, days, years: `true`, or a map with windows and split. False when the entry is `false`.
bool wanted(const Entry& entry) {
  if (!entry.node.is_map()) return entry.node.flag();
  entry.node.only({"windows", "split"});
  return true;
}

void count(const Entry& entry) {
  need_temporality(entry.block, entry.node, kDated);
  if (wanted(entry))
    each_window_and_part(entry, Aggregate::Count, PredictorKind::Count, "count",
                         "Number of " + entry.block.label, [](PredictorSpec&) {});
}

void any(const Entry& entry) {
  need_temporality(entry.block, entry.node, kDated);
  if (wanted(entry))
    each_window_and_part(entry, Aggregate::Any, PredictorKind::Flag, "any", "Any " + entry.block.label,
                         [](PredictorSpec&) {});
}

void days(const Entry& entry) {
  need_temporality(entry.block, entry.node, {Temporality::Status});
  if (wanted(entry))
    each_window_and_part(entry, Aggregate::Days, PredictorKind::Number, "days",
                         "Days of " + entry.block.label, [](PredictorSpec&) {});
}

void years(const Entry& entry) {
  need_temporality(entry.block, entry.node, kDated);
  if (wanted(entry))
    each_window_and_part(entry, Aggregate::Years, PredictorKind::Count, "years",
                         "Calendar years with " + entry.block.label, [](PredictorSpec&) {});
}

void each_part(const Entry& entry, Aggregate aggregate, const std::string& what, const std::string& label) {
  for (const Part& part : parts_of(entry.block, entry.node)) {
    PredictorSpec spec = make_spec(entry.block, entry.relative, aggregate, PredictorKind::Number,
                                   entry.block.name + "_" + what + part.name, label + part.label);
    set_part(spec, part);
    entry.out.push_back(std::move(spec));
  }
}

void since(const Entry& entry) {
  need_temporality(entry.block, entry.node, {Temporality::Event, Temporality::Status});
  if (entry.node.is_map()) entry.node.only({"of", "split"});
  static const std::vector<std::string> kEnds{"first", "last"};
  for (const Node& end : (entry.node.is_map() ? entry.node.at("of") : entry.node).items_or_one()) {
    const bool first = end.one_of(kEnds, "end") == 0;
    each_part(entry, first ? Aggregate::SinceFirst : Aggregate::SinceLast,
              first ? "days_since_first" : "days_since_last",
              fmt::format("Days since the {} of {}", first ? "first" : "last", entry.block.label));
  }
}

void need_birth(const Entry& entry) {
  if (entry.block.birth.empty())
    throw entry.node.error("the population has no birth column, so no age",
                           "name it as `birth` in the population");
}

void age_first(const Entry& entry) {
  need_temporality(entry.block, entry.node, {Temporality::Event, Temporality::Status});
  need_birth(entry);
  if (entry.node.is_map()) entry.node.only({"split"});
  if (entry.node.is_map() || entry.node.flag())
    each_part(entry, Aggregate::AgeFirst, "age_first", "Age at the first of " + entry.block.label);
}

void distinct(const Entry& entry) {
  need_temporality(entry.block, entry.node, kDated);
  if (entry.node.is_map()) entry.node.only({"of", "windows", "split"});
  for (const SchemaColumn* column : columns_of(entry.block, entry.node))
    each_window_and_part(
        entry, Aggregate::Distinct, PredictorKind::Count, "distinct_" + column->name,
        fmt::format("Number of different values of {} in {}", words(column->name), entry.block.label),
        [&](PredictorSpec& spec) { spec.of = column->name; });
}

/// `at_prices_of: {register: cpi, column: price_index, year: 2015}`.
void set_prices(PredictorSpec& spec, const Entry& entry) {
  if (!entry.node.is_map()) return;
  const auto prices = entry.node.find("at_prices_of");
  if (!prices) return;
  need_temporality(entry.block, *prices, {Temporality::Accumulated});
  prices->only({"register", "column", "year"});
  const Node name = prices->at("register"), by = prices->at("column");
  const RegisterSchema& reg =
      entry.block.schema->registers.at(name.one_of(entry.block.schema->register_names(), "register"));
  if (reg.temporality != Temporality::Accumulated)
    throw name.error(fmt::format("{} is no yearly register", reg.name), "name the yearly price index");
  spec.deflate_register = reg.name;
  spec.deflate_by = reg.column_names().at(by.one_of(reg.column_names(), "column of " + reg.name));
  spec.deflate_year = static_cast<int>(prices->at("year").integer_between(1900, 2200));
  spec.column.label += fmt::format(", at prices of {}", spec.deflate_year);
}

void number_of(const Entry& entry, Aggregate aggregate, const std::string& what, const std::string& label) {
  need_temporality(entry.block, entry.node, kDated);
  if (entry.node.is_map()) entry.node.only({"of", "windows", "split", "at_prices_of"});
  for (const SchemaColumn* column : columns_of(entry.block, entry.node)) {
    if (column->type != CellType::Number && column->type != CellType::Count)
      throw entry.node.error(fmt::format("column {} is no number", column->name),
                             "name a number or count column");
    each_window_and_part(entry, aggregate, PredictorKind::Number, what + "_" + column->name,
                         label + " " + words(column->name), [&](PredictorSpec& spec) {
                           spec.of = column->name;
                           set_prices(spec, entry);
                         });
  }
}
void sum(const Entry& entry) { number_of(entry, Aggregate::Sum, "sum", "Sum of"); }
void mean(const Entry& entry) { number_of(entry, Aggregate::Mean, "mean", "Mean of"); }
void min(const Entry& entry) { number_of(entry, Aggregate::Min, "min", "Least"); }
void max(const Entry& entry) { number_of(entry, Aggregate::Max, "max", "Greatest"); }

int digits_of(const Node& node) {
  if (!node.is_map()) return 0;
  const auto digits = node.find("digits");
  return digits ? static_cast<int>(digits->integer_between(1, 9)) : 0;
}

std::string digits_name(int digits) { return digits > 0 ? fmt::format("_{}digit", digits) : ""; }
std::string digits_label(int digits) {
  return digits > 0 ? fmt::format(", first {} of the code", digits) : "";
}

void picked(const Entry& entry, Aggregate aggregate, const std::string& what) {
  need_temporality(entry.block, entry.node, kDated);
  if (entry.node.is_map()) entry.node.only({"of", "windows", "split", "digits", "at_prices_of"});
  const int digits = digits_of(entry.node);
  for (const SchemaColumn* column : columns_of(entry.block, entry.node))
    each_window_and_part(entry, aggregate, PredictorKind::Number,
                         what + "_" + column->name + digits_name(digits),
                         fmt::format("{} of the {} of {}{}", words(column->name), what, entry.block.label,
                                     digits_label(digits)),
                         [&](PredictorSpec& spec) {
                           spec.of = column->name;
                           set_value_kind(spec, entry.block, *column, digits, entry.node);
                           set_prices(spec, entry);
                         });
}
void latest(const Entry& entry) { picked(entry, Aggregate::Latest, "latest"); }
void first(const Entry& entry) { picked(entry, Aggregate::First, "first"); }

void at_index(const Entry& entry) {
  need_temporality(entry.block, entry.node,
                   {Temporality::Fixed, Temporality::Status, Temporality::Accumulated});
  if (entry.node.is_map()) entry.node.only({"of", "digits", "at_prices_of"});
  const int digits = digits_of(entry.node);
  for (const SchemaColumn* column : columns_of(entry.block, entry.node)) {
    PredictorSpec spec = make_spec(entry.block, entry.relative, Aggregate::AtIndex, PredictorKind::Number,
                                   entry.block.prefix + column->name + digits_name(digits),
                                   words(column->name) + digits_label(digits));
    spec.of = column->name;
    set_value_kind(spec, entry.block, *column, digits, entry.node);
    set_prices(spec, entry);
    entry.out.push_back(std::move(spec));
  }
}

void share(const Entry& entry) {
  need_temporality(entry.block, entry.node, kDated);
  entry.node.only({"where", "name", "windows", "split"});
  const std::string condition = parse_expression(entry.node.at("where"), names_of(*entry.block.reg));
  each_window_and_part(entry, Aggregate::Share, PredictorKind::Number,
                       "share_" + entry.node.at("name").text(),
                       fmt::format("Share of {} with {}", entry.block.label, entry.node.at("where").text()),
                       [&](PredictorSpec& spec) { spec.weight_where = condition; });
}

void others(const Entry& entry) {
  need_temporality(entry.block, entry.node, {Temporality::Event});
  entry.node.only({"sharing", "windows"});
  const Node sharing = entry.node.at("sharing");
  const std::string of = entry.block.reg->column_names().at(
      sharing.one_of(entry.block.reg->column_names(), "column of " + entry.block.reg->name));
  const std::string same = "the same " + words(of);
  for (const bool is_share : {false, true})
    for (const Window& window : windows_of(entry.block, entry.node)) {
      PredictorSpec spec = make_spec(
          entry.block, entry.relative, is_share ? Aggregate::ShareOthers : Aggregate::Others,
          is_share ? PredictorKind::Number : PredictorKind::Count,
          fmt::format("{}_{}_{}", entry.block.name, is_share ? "share_with_others" : "others", window.name()),
          is_share
              ? fmt::format("Share of {} with others in {}, {}", entry.block.label, same, window.label())
              : fmt::format("Number of others in {} of {}, {}", same, entry.block.label, window.label()));
      spec.of = of;
      set_window(spec, window);
      entry.out.push_back(std::move(spec));
    }
}

void need_home(const Entry& entry) {
  need_birth(entry);
  if (entry.block.reg != entry.block.home)
    throw entry.node.error(fmt::format("{} is not the population's register", entry.block.reg->name),
                           "declare this from " + entry.block.home->name);
}

void age(const Entry& entry) {
  need_home(entry);
  if (entry.node.flag())
    entry.out.push_back(
        make_spec(entry.block, entry.relative, Aggregate::Age, PredictorKind::Number, "age", "Age"));
}

/// One column per entry `name: date column`.
void each_date(const Entry& entry, Aggregate aggregate) {
  for (const auto& [name, node] : entry.node.entries()) {
    const std::vector<std::string> known = entry.block.reg->column_names();
    const SchemaColumn& column =
        entry.block.reg->columns.at(node.one_of(known, "column of " + entry.block.reg->name));
    if (column.type != CellType::Date && (column.type != CellType::Year || aggregate != Aggregate::AgeAt))
      throw node.error(fmt::format("column {} is no date", column.name), "name a date column");
    PredictorSpec spec = make_spec(entry.block, entry.relative, aggregate, PredictorKind::Number,
                                   name_part(name), words(name));
    spec.of = column.name;
    entry.out.push_back(std::move(spec));
  }
}

void age_at(const Entry& entry) {
  need_home(entry);
  each_date(entry, Aggregate::AgeAt);
}

void years_since(const Entry& entry) {
  need_temporality(entry.block, entry.node, {Temporality::Fixed});
  each_date(entry, Aggregate::YearsSince);
}

std::vector<std::string> parse_within(const Entry& entry, const Node& node) {
  std::vector<std::string> known{"age"}, within;
  for (const SchemaColumn& column : entry.block.home->columns) known.push_back(column.name);
  for (const Node& item : node.items_or_one()) within.push_back(known.at(item.one_of(known, "attribute")));
  return within;
}

void rank(const Entry& entry) {
  need_temporality(entry.block, entry.node, {Temporality::Accumulated});
  entry.node.only({"of", "within", "mean_over_ages"});
  PredictorSpec proto;
  proto.within = parse_within(entry, entry.node.at("within"));
  if (std::ranges::find(proto.within, "age") != proto.within.end()) need_birth(entry);
  std::string name, label;
  if (const auto ages = entry.node.find("mean_over_ages")) {
    need_birth(entry);
    const std::vector<std::int64_t> ends = ages->integers();
    if (ends.size() != 2 || ends[0] > ends[1]) throw ages->error("this is no span of ages", "write [35, 45]");
    proto.mean_ages = {static_cast<int>(ends[0]), static_cast<int>(ends[1])};
    name = fmt::format("_mean_{}_{}", ends[0], ends[1]);
    label = fmt::format(", mean over ages {} to {}", ends[0], ends[1]);
  }
  for (const SchemaColumn* column : columns_of(entry.block, entry.node)) {
    PredictorSpec spec = make_spec(entry.block, entry.relative, Aggregate::Rank, PredictorKind::Number,
                                   fmt::format("{}_rank{}", column->name, name),
                                   fmt::format("Rank of {} within the same {}{}", words(column->name),
                                               join(proto.within, " and "), label));
    spec.of = column->name;
    spec.within = proto.within;
    spec.mean_ages = proto.mean_ages;
    entry.out.push_back(std::move(spec));
  }
}

struct FamilyColumn {
  const char* name;
  Aggregate aggregate;
  PredictorKind kind;
  const char* label;
};
constexpr std::array kFamily{
    FamilyColumn{"siblings", Aggregate::Siblings, PredictorKind::Count,
                 "Number of siblings, half siblings too"},
    FamilyColumn{"older_siblings", Aggregate::OlderSiblings, PredictorKind::Count,
                 "Number of older siblings"},
    FamilyColumn{"birth_order", Aggregate::BirthOrder, PredictorKind::Count,
                 "Place among the mother's children"},
    FamilyColumn{"children", Aggregate::Children, PredictorKind::Count, "Number of children born"},
    FamilyColumn{"age_first_birth", Aggregate::AgeFirstBirth, PredictorKind::Number,
                 "Age at the first child's birth"},
    FamilyColumn{"age_youngest_child", Aggregate::AgeYoungestChild, PredictorKind::Number,
                 "Age of the youngest child"},
    FamilyColumn{"age_at_own_birth", Aggregate::ParentAgeAtBirth, PredictorKind::Number,
                 "Age when the unit was born"}};

void family(const Entry& entry) {
  need_home(entry);
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const FamilyColumn& column : kFamily) names.emplace_back(column.name);
    return names;
  }();
  if (entry.block.home->at(entry.block.birth).type != CellType::Date)
    throw entry.node.error("family predictors need dates of birth", "leave them out for this register");
  const auto links_home = [&](const SchemaColumn& column) {
    return column.links == entry.block.home->name && column.name != entry.block.home->unit;
  };
  if (std::ranges::none_of(entry.block.home->columns, links_home))
    throw entry.node.error(fmt::format("{} names no parents", entry.block.home->name),
                           "family predictors need id columns that link to the register itself");
  for (const Node& item : entry.node.items_or_one()) {
    const FamilyColumn& column = kFamily.at(item.one_of(kNames, "family predictor"));
    if (column.aggregate == Aggregate::ParentAgeAtBirth && entry.relative == "self")
      throw item.error("age_at_own_birth is about a parent",
                       "add `of: [mother, father]` to this declaration");
    PredictorSpec spec =
        make_spec(entry.block, entry.relative, column.aggregate, column.kind, column.name, column.label);
    spec.column.known_at = "born on t or earlier";
    entry.out.push_back(std::move(spec));
  }
}

/// The kinds of predictors, in the order of the manual.
struct Kind {
  const char* key;
  void (*add)(const Entry&);
};
constexpr std::array kKinds{Kind{"count", count},
                            Kind{"any", any},
                            Kind{"since", since},
                            Kind{"age_first", age_first},
                            Kind{"distinct", distinct},
                            Kind{"sum", sum},
                            Kind{"mean", mean},
                            Kind{"min", min},
                            Kind{"max", max},
                            Kind{"latest", latest},
                            Kind{"first", first},
                            Kind{"share", share},
                            Kind{"others", others},
                            Kind{"days", days},
                            Kind{"years", years},
                            Kind{"at_index", at_index},
                            Kind{"age", age},
                            Kind{"age_at", age_at},
                            Kind{"years_since", years_since},
                            Kind{"rank", rank},
                            Kind{"family", family}};

void add_declaration(const Node& declaration, const Schema& schema, const Population& population,
                     Specs& out) {
  std::vector<std::string> known{"from",  "name",    "label", "known_at", "by",
                                 "where", "windows", "split", "of"};
  for (const Kind& kind : kKinds) known.emplace_back(kind.key);
  declaration.only(known);
  const Block block = parse_block(declaration, schema, population);
  const std::size_t before = out.size();
  for (const std::string& relative : block.relatives)
    for (const auto& [key, node] : declaration.entries())
      for (const Kind& kind : kKinds)
        if (key == kind.key) kind.add({block, relative, node, out});
  if (out.size() == before)
    throw declaration.error("this declaration makes no predictor", "add for example `count: true`");
}

/// What a list of declarations is read with.
struct Context {
  const Schema& schema;
  const Population& population;
  const std::filesystem::path& folder;
};

void add_item(const Node& item, const Context& context, Specs& out) {
  if (item.is_map()) return add_declaration(item, context.schema, context.population, out);
  if (item.text().ends_with(".yaml")) {
    const Node file = Node::read_file(context.folder / item.text());
    for (const Node& declaration : file.items())
      add_declaration(declaration, context.schema, context.population, out);
    return;
  }
  const std::string name = ready_sets().at(item.one_of(ready_sets(), "ready predictor set"));
  const Node set = Node::read_text(ready_set(name), name + ".yaml");
  for (const Node& declaration : set.items()) {
    const auto from = declaration.find("from");
    if (from && !context.schema.find(from->text()))
      continue;  // a ready set serves registers with some of its sources
    add_declaration(declaration, context.schema, context.population, out);
  }
}

}  // namespace

std::vector<PredictorSpec> parse_predictors(const Node& declarations, const Schema& schema,
                                            const Population& population,
                                            const std::filesystem::path& folder) {
  const Context context{schema, population, folder};
  Specs specs;
  std::set<std::string> names{"unit", "index_date"};
  for (const Node& item : declarations.items_or_one()) {
    const std::size_t before = specs.size();
    add_item(item, context, specs);
    for (std::size_t i = before; i < specs.size(); ++i)
      if (!names.insert(specs[i].column.name).second)
        throw item.error(fmt::format("two predictors are called {}", specs[i].column.name),
                         "give one of the declarations another `name`");
  }
  if (specs.empty())
    throw declarations.error("no predictors are declared", "name a ready set or declare some");
  return specs;
}

std::vector<std::string> ready_sets() {
  std::vector<std::string> names;
  for (const ReadySet& set : ready_set_texts()) names.emplace_back(set.name);
  return names;
}

std::string ready_set(std::string_view name) {
  for (const ReadySet& set : ready_set_texts())
    if (set.name == name) return std::string{set.text};
  throw Error(ErrorKind::Study, fmt::format("there is no ready predictor set '{}'", name), {},
              suggest(name, ready_sets()));
}

}  // namespace kohort
