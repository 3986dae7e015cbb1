#pragma once
// The SQL of predictors. A *source* is all columns that one statement over one register can make for one
// relative:
//   map      unit, key (the unit or its relative), the unit's birth: every unit of a block once
//   keys     each key once, with its birth
//   values   one row per key: conditional aggregates over the rows of the keys, as known at t
//   cells    map left joined with values: the finished columns, one row per unit

#include <string>
#include <vector>

#include "cohort/predictors.hpp"

namespace kohort {

/// What the SQL of one predictor year is made from.
struct PredictorYear {
  const RegisterStore& store;
  const Population& population;
  int year = 0;
  std::int32_t t() const { return index_date(population, year); }
};

/// Rows: the register itself. Pairs: its rows beside those of others that share a case. Prepared: a table
/// computed once for everybody (ranks, family), read from a file.
enum class SourceKind { Rows, Pairs, Ranks, Family };

struct Source {
  SourceKind kind = SourceKind::Rows;
  std::string register_name, relative;
  std::string of;                    // Pairs: the case column
  std::vector<std::size_t> columns;  // places in the list of predictors
};

/// The sources of a list of predictors, each of at most `most` columns, in order of first use.
std::vector<Source> sources_of(const std::vector<PredictorSpec>& specs, std::size_t most);

/// `map` of the units in `units` (SQL: SELECT unit …) and `keys` of `map`.
std::string map_sql(const PredictorYear& year, const std::string& relative, const std::string& units);
std::string keys_sql(const PredictorYear& year);

/// `values` of a source. prepared: SQL of its file (Ranks, Family); price_factor: per predictor, SQL of the
/// factor to constant prices, or empty.
std::string values_sql(const PredictorYear& year, const Source& source,
                       const std::vector<PredictorSpec>& specs, const std::string& prepared,
                       const std::vector<std::string>& price_factors);

/// The finished cell of a predictor over map m and values v.
std::string cell_sql(const PredictorYear& year, const PredictorSpec& spec, std::size_t place);
/// A condition on m and v: the cell holds a code that the list does not have. Categories only.
std::string unlisted_sql(const PredictorSpec& spec, std::size_t place);

/// Everybody's ranks (unit, year, age, rank), and everybody's family, as known at t.
std::string ranks_sql(const PredictorYear& year, const PredictorSpec& spec);
std::string family_sql(const PredictorYear& year);

}  // namespace kohort
