#pragma once
// The one list of figures: which table each is drawn from, which rows, and what goes on which axis. The page
// draws kinds of picture and knows no figure by name; words are found in web/src/texts.ts under the id.

#include <optional>
#include <string>
#include <vector>

namespace kohort {

/// Points: a symbol per colour value, with an interval where `error` is named. Lines: one line per series.
/// Bars: stacked by colour. Calibration: a step curve from the rows with part "knots", dots from "points".
enum class FigureKind { Points, Lines, Bars, Calibration };

enum class Keep { Equal, Lowest, Highest };

/// Rows of the table that the figure is about: the column equals the value, or holds its lowest or highest.
struct Filter {
  std::string column = {};
  Keep keep = Keep::Equal;
  std::string value = {};  // for Keep::Equal
};

/// A column drawn as y. The key names the series in the legend: actual, predicted, random, perfect.
struct Series {
  std::string key = {}, column = {};
};

enum class YFormat { Number, Share, Count };

/// What y is. A figure with several measures lets the reader choose.
struct Measure {
  std::string key = {};  // the title of the y axis
  YFormat format = YFormat::Number;
  std::vector<Series> series = {};
  bool own_scale = false;  // each row of panels has its own y axis: outcomes of very different frequency
  bool from_zero = true;   // the y axis holds zero
  std::optional<double> reference = {};  // a dashed line across, where something is as it should be
};

enum class XScale { Category, Number, Share, Year };

/// One figure. Empty columns are unused channels.
struct Figure {
  std::string id = {}, section = {};
  int source = 0;  // number of the figure in the Frisch Centre's report
  FigureKind kind = FigureKind::Points;
  std::string table = {};
  std::vector<Filter> filters = {};
  std::string x = {};
  XScale x_scale = XScale::Category;
  std::string colour = {};
  bool colour_ordered = false;          // shades of one hue rather than hues
  std::string error = {};               // standard error of y: drawn as a 95 % interval
  std::string rows = {}, columns = {};  // panels: a row per value of one, a column per value of the other
  std::vector<Measure> measures = {};
  std::vector<std::string> controls = {};  // columns shown one value at a time, chosen in turn
};

/// The figures of the forecast and evaluation study: 10-23 of the report, in the order of the page.
std::vector<Figure> report_figures();

/// The list as JSON: an array of objects with the names of the fields above, enumerators in lower case.
std::string figures_json(const std::vector<Figure>& figures);

}  // namespace kohort
