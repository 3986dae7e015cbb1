#include "report/figures.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kohort {
namespace {

TEST(Figures, EachIsListedOnceWithItsNumberInTheReport) {
  std::set<std::string> ids;
  std::set<int> sources;
  for (const Figure& figure : report_figures()) {
    ids.insert(figure.id);
    sources.insert(figure.source);
  }
  EXPECT_EQ(ids.size(), report_figures().size());
  EXPECT_EQ(sources, (std::set<int>{10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23}));
}

TEST(Figures, EachSaysWhatIsDrawnFromWhere) {
  for (const Figure& figure : report_figures()) {
    SCOPED_TRACE(figure.id);
    EXPECT_FALSE(figure.table.empty());
    EXPECT_FALSE(figure.x.empty());
    EXPECT_FALSE(figure.section.empty());
    ASSERT_FALSE(figure.measures.empty());
    for (const Measure& measure : figure.measures) EXPECT_FALSE(measure.series.empty());
    const bool by_colour = figure.kind == FigureKind::Points || figure.kind == FigureKind::Bars;
    EXPECT_EQ(by_colour, !figure.colour.empty());
  }
}

TEST(Figures, ASpecificationReadsAsJson) {
  const Figure figure{.id = "signal",
                      .section = "forecast",
                      .source = 23,
                      .table = "signal_value",
                      .filters = {{.column = "horizon", .keep = Keep::Lowest, .value = {}}},
                      .x = "group",
                      .colour = "horizon",
                      .colour_ordered = true,
                      .error = "standard_error",
                      .rows = "outcome",
                      .columns = "model",
                      .measures = {{.key = "slope", .series = {{"slope", "slope"}}, .reference = 1}},
                      .controls = {"outcome"}};
  EXPECT_EQ(figures_json({figure}),
            R"([{"id":"signal","section":"forecast","source":23,"kind":"points","table":"signal_value",)"
            R"("filters":[{"column":"horizon","keep":"lowest","value":""}],"x":"group","x_scale":"category",)"
            R"("colour":"horizon","colour_ordered":true,"error":"standard_error","rows":"outcome",)"
            R"("columns":"model","measures":[{"key":"slope","format":"number","own_scale":false,)"
            R"("from_zero":true,"reference":1.0,"series":[{"key":"slope","column":"slope"}]}],)"
            R"("controls":["outcome"]}])");
}

}  // namespace
}  // namespace kohort
