// ProPublica's published logistic regression from its file, to the printed digits; only where KOHORT_DATA is
// set. Larson, Mattu, Kirchner and Angwin (2016), "How we analyzed the COMPAS recidivism algorithm".

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "learn/engines.hpp"
#include "learn/explain/coefficients.hpp"
#include "store/session.hpp"

namespace kohort {
namespace {

constexpr const char* kPersons = R"(
SELECT (score_text <> 'Low')::INTEGER AS outcome, sex, age_cat, race, priors_count, c_charge_degree, two_year_recid, age
FROM read_csv({})
WHERE days_b_screening_arrest BETWEEN -30 AND 30 AND is_recid <> -1 AND c_charge_degree <> 'O' AND score_text <> 'N/A'
ORDER BY id)";

const std::filesystem::path kFolder{KOHORT_DATA};

Table read(const char* sql, const char* file) {
  Session session{{.folders = {kFolder}, .temp_folder = {}}};
  return session.read(fmt::format(fmt::runtime(sql), sql_text((kFolder / file).string())));
}

struct Compas {
  Matrix matrix;
  std::vector<double> outcome;
  std::vector<std::uint64_t> age;
  RowList rows;

  Compas() {
    const Table table = read(kPersons, "broward-compas/compas-scores-two-years.csv.gz");
    MatrixBuilder builder{table.rows()};
    for (const Column& column : table.columns) {
      std::vector<float> cells;
      ColumnInfo info{.name = column.name};
      if (column.type == ColumnType::Text) {
        info.kind = ColumnKind::Category;
        info.levels = column.texts();
        std::ranges::sort(info.levels);
        info.levels.erase(std::unique(info.levels.begin(), info.levels.end()), info.levels.end());
        for (const std::string& text : column.texts())
          cells.push_back(
              static_cast<float>(std::ranges::lower_bound(info.levels, text) - info.levels.begin()));
      } else {
        for (const std::int64_t number : column.integers()) cells.push_back(static_cast<float>(number));
      }
      if (column.name == "outcome")
        outcome.assign(cells.begin(), cells.end());
      else if (column.name == "age")
        age.assign(column.integers().begin(), column.integers().end());
      else
        builder.add(std::move(info), cells);
    }
    matrix = builder.finish();
    rows = all_rows(table.rows());
  }

  LinearModel fit(const char* standard_errors) const {
    Problem problem{matrix, outcome, rows, Objective::Logistic};
    problem.cluster = age;
    Workers workers{1};
    return std::get<LinearModel>(fit_model(engine("linear"), problem,
                                           {{"transform", "none"},
                                            {"standard_errors", standard_errors},
                                            {"reference", "sex=Male; race=Caucasian; age_cat=25 - 45"}},
                                           Stream{1}, workers));
  }
};

/// A term by the name it has in published_numbers.csv.
std::string published_name(const Coefficient& c) {
  if (c.predictor == "(intercept)") return "(Intercept)";
  if (c.level.empty()) return c.predictor;
  const std::string predictor = c.predictor == "age_cat"           ? "age"
                                : c.predictor == "c_charge_degree" ? "charge degree"
                                                                   : c.predictor;
  return predictor + " " + c.level;
}

TEST(RealRegression, IsProPublicasToThePrintedDigits) {
  const Table published = read(
      "SELECT id, value::DOUBLE AS value FROM read_csv({}, all_varchar = true) WHERE starts_with(id, "
      "'pp-logit-')",
      "reference-results/published_numbers.csv");
  std::map<std::string, double> value;
  for (std::size_t i = 0; i < published.rows(); ++i)
    value[published.at("id").texts()[i].substr(9)] = published.at("value").numbers()[i];
  ASSERT_EQ(value.size(), 27);

  const Compas compas;
  ASSERT_EQ(compas.rows.size(), 6172);
  const LinearModel model = compas.fit("model");
  std::size_t compared = 0;
  for (const InferredCoefficient& c : inferred_coefficients(model)) {
    if (!c.test) continue;  // a reference
    const std::string name = published_name(c);
    SCOPED_TRACE(name);
    EXPECT_NEAR(c.value, value.at(name), 5.001e-6);  // printed with five decimals
    EXPECT_NEAR(c.test->error, value.at(name + "-se"), 5.001e-6);
    compared += 2;
  }
  EXPECT_EQ(compared, 24);
  EXPECT_NEAR(model.inference->null_deviance, value.at("null-deviance"), 0.05);  // printed with one
  EXPECT_NEAR(model.inference->deviance, value.at("deviance"), 0.05);
  EXPECT_NEAR(*model.inference->aic, value.at("aic"), 0.05);
}

// R 4.2.2, sandwich 3.0.2, on the rows of kPersons, sex and race releveled:
//   f <- glm((score_text != "Low") ~ sex + age_cat + race + priors_count + c_charge_degree + two_year_recid,
//   binomial, d,
//            control = glm.control(epsilon = 1e-14))
//   sqrt(diag(vcovCL(f, d$age))); deviance(f); f$null.deviance; AIC(f)
TEST(RealRegression, ClustersOfOneAgeHaveTheStandardErrorsOfR) {
  const LinearModel model = Compas{}.fit("cluster");
  const std::map<std::string, std::array<double, 2>> expected{
      {"(Intercept)", {-1.5255382786, 0.14886623824}},
      {"sex Female", {0.2212666743, 0.08856211647}},
      {"age Greater than 45", {-1.3556332240, 0.17821344735}},
      {"age Less than 25", {1.3083903409, 0.17833961316}},
      {"race African-American", {0.4772069788, 0.07801700582}},
      {"race Asian", {-0.2544147294, 0.49751432501}},
      {"race Hispanic", {-0.4283948870, 0.13806208857}},
      {"race Native American", {1.3942077345, 0.63804603119}},
      {"race Other", {-0.8263469327, 0.16363331079}},
      {"priors_count", {0.2689452833, 0.01626424502}},
      {"charge degree M", {-0.3112408371, 0.07266697635}},
      {"two_year_recid", {0.6858625264, 0.08804784664}}};
  std::size_t compared = 0;
  for (const InferredCoefficient& c : inferred_coefficients(model)) {
    if (!c.test) continue;
    const auto& [estimate, error] = expected.at(published_name(c));
    EXPECT_NEAR(c.value / estimate, 1, 1e-8) << published_name(c);  // ten digits printed, tol 1e-9
    EXPECT_NEAR(c.test->error / error, 1, 1e-8) << published_name(c);
    ++compared;
  }
  EXPECT_EQ(compared, expected.size());
  EXPECT_EQ(model.inference->clusters, 65);
  EXPECT_NEAR(model.inference->deviance, 6168.401695, 1e-6);
  EXPECT_NEAR(model.inference->null_deviance, 8483.333581, 1e-6);
  EXPECT_NEAR(*model.inference->aic, 6192.401695, 1e-6);
}

}  // namespace
}  // namespace kohort
