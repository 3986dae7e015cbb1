#include "cohort/legal_pairs.hpp"

#include <gtest/gtest.h>

#include "cohort/tiny_registers.hpp"

namespace kohort {
namespace {

// Registers of a year reach us the year after: in 2015 (T) they are known to 2014.
constexpr int kNow = 2015;
constexpr DeliveryLags kLate{1, 1};

ForecastYears pairs(std::vector<YearPair> train, YearPair predict) { return {std::move(train), predict}; }

TEST(LegalPairs, TableOneOfTheReport) {
  const auto design = [](char name) {
    return table_one_years(kTableOne[static_cast<std::size_t>(name - 'A')], kNow);
  };
  EXPECT_EQ(design('A'), pairs({{2012, 2014}}, {2014, 2016}));
  EXPECT_EQ(design('B'), pairs({{2010, 2012}}, {2014, 2016}));
  EXPECT_EQ(design('C'), pairs({{2010, 2012}, {2011, 2013}, {2012, 2014}}, {2014, 2016}));
  EXPECT_EQ(design('D'), pairs({{2009, 2014}}, {2011, 2016}));
  EXPECT_EQ(design('E'), pairs({{2005, 2010}}, {2011, 2016}));
  EXPECT_EQ(design('F'),
            pairs({{2005, 2010}, {2006, 2011}, {2007, 2012}, {2008, 2013}, {2009, 2014}}, {2011, 2016}));
  for (const TableOneDesign& one : kTableOne) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(why_illegal(table_one_years(one, kNow), kNow, kLate), std::nullopt);
    EXPECT_EQ(table_one_years(one, kNow).horizon(), one.name < 'D' ? 2 : 5);
  }
}

TEST(LegalPairs, EveryDesignOfTableOneIsIllegalAYearTooEarly) {
  for (const TableOneDesign& one : kTableOne) {
    const bool fresh =
        one.outcome_last == -1 || one.predict_from == -1;  // B predicts from, the others learn from T-1
    EXPECT_EQ(why_illegal(table_one_years(one, kNow), kNow - 1, kLate).has_value(), fresh) << one.name;
  }
}

TEST(LegalPairs, TheFreshestDesignFollowsFromTheLag) {
  EXPECT_EQ(derive_forecast_years(kNow, kLate, 2), table_one_years(kTableOne[0], kNow));     // A
  EXPECT_EQ(derive_forecast_years(kNow, kLate, 2, 3), table_one_years(kTableOne[2], kNow));  // C
  EXPECT_EQ(derive_forecast_years(2017, {0, 0}, 2), pairs({{2015, 2017}}, {2017, 2019}));
  EXPECT_EQ(derive_forecast_years(2017, {0, 1}, 3), pairs({{2013, 2016}}, {2017, 2020}));
}

TEST(LegalPairs, TheFutureIsRefusedWithAReason) {
  EXPECT_EQ(*why_illegal(pairs({{2013, 2015}}, {2014, 2016}), kNow, kLate),
            "training outcomes of 2015 are not known in 2015: the last year that has reached us is 2014 "
            "(delivered 1 year late)");
  EXPECT_EQ(*why_illegal(pairs({{2012, 2014}}, {2015, 2017}), kNow, kLate),
            "predictors of 2015 are not known in 2015: the last year that has reached us is 2014 (delivered "
            "1 year late)");
  EXPECT_EQ(*why_illegal(pairs({{2011, 2014}}, {2014, 2016}), kNow, kLate),
            "a model trained from 2011 to 2014 (horizon 3) cannot predict 2016 from 2014 (horizon 2)");
  EXPECT_EQ(*why_illegal(pairs({{2014, 2014}}, {2014, 2014}), kNow, kLate),
            "predictors of 2014 cannot predict 2014: the outcome year must come after the predictor year");
  try {
    require_legal(pairs({{2013, 2015}}, {2014, 2016}), kNow, kLate);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 4);
  }
}

TEST(LegalPairs, LagsComeFromTheRegistersUsed) {
  const TestFolder folder;
  const RegisterStore store = tiny_store(folder);
  const Population population = parse_population(yaml("{unit: person}"), store.schema);
  const Outcome outcome = parse_outcome("charged", yaml("{count: charges}"), store.schema, population);
  const auto charges = parse_predictors(yaml("[{from: charges, count: true}]"), store.schema, population);
  const auto income = parse_predictors(yaml("[{from: income, count: true}]"), store.schema, population);
  EXPECT_EQ(delivery_lags(store.schema, population, charges, outcome), (DeliveryLags{0, 0}));
  EXPECT_EQ(delivery_lags(store.schema, population, income, outcome), (DeliveryLags{1, 0}));
}

}  // namespace
}  // namespace kohort
