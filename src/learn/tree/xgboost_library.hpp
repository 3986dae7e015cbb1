#pragma once
// For tests: the official library reads a model file of ours, or trains one, and answers.

#include <xgboost/c_api.h>

#include <cmath>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "learn/tree/xgboost_json.hpp"

namespace kohort {

/// A model the library has read. Answers are in its own 32 bits. Rows: shape (rows, features); NaN is
/// missing.
class XgboostLibrary {
 public:
  explicit XgboostLibrary(const std::string& json) {
    check(XGBoosterCreate(nullptr, 0, &booster_));
    check(XGBoosterSetParam(booster_, "nthread", "1"));
    check(XGBoosterLoadModelFromBuffer(booster_, json.data(), json.size()));
  }
  /// Trained by the library itself: tree_method hist, all features numbers, and these parameters besides.
  XgboostLibrary(const std::vector<float>& rows, const std::vector<XgboostFeature>& features,
                 const std::vector<double>& outcome, const std::map<std::string, std::string>& parameters,
                 int rounds) {
    DMatrixHandle data = matrix(rows, features);
    const std::vector<float> labels(outcome.begin(), outcome.end());
    check(XGDMatrixSetFloatInfo(data, "label", labels.data(), labels.size()));
    check(XGBoosterCreate(&data, 1, &booster_));
    check(XGBoosterSetParam(booster_, "nthread", "1"));
    check(XGBoosterSetParam(booster_, "tree_method", "hist"));
    for (const auto& [name, value] : parameters)
      check(XGBoosterSetParam(booster_, name.c_str(), value.c_str()));
    std::vector<const char*> names;
    for (const XgboostFeature& feature : features) names.push_back(feature.name.c_str());
    check(XGBoosterSetStrFeatureInfo(booster_, "feature_name", names.data(), names.size()));
    for (int round = 0; round < rounds; ++round) check(XGBoosterUpdateOneIter(booster_, round, data));
    XGDMatrixFree(data);
  }
  ~XgboostLibrary() { XGBoosterFree(booster_); }
  XgboostLibrary(const XgboostLibrary&) = delete;
  XgboostLibrary& operator=(const XgboostLibrary&) = delete;

  /// The model as the library saves it, in JSON.
  std::string save() {
    bst_ulong size = 0;
    const char* text = nullptr;
    check(XGBoosterSaveModelToBuffer(booster_, R"({"format":"json"})", &size, &text));
    return {text, size};
  }

  std::vector<float> predict(const std::vector<float>& rows, const std::vector<XgboostFeature>& features) {
    return answer(rows, features, 0);
  }
  /// pred_contribs: shape (rows, features + 1), the bias last.
  std::vector<float> contributions(const std::vector<float>& rows,
                                   const std::vector<XgboostFeature>& features) {
    return answer(rows, features, 4);
  }
  std::vector<float> margins(const std::vector<float>& rows, const std::vector<XgboostFeature>& features) {
    return answer(rows, features, 1);
  }

  /// get_score by feature name: "weight", "gain", "total_gain", "cover", "total_cover". Features that no tree
  /// splits on are left out.
  std::map<std::string, double> scores(const std::string& importance_type) {
    const std::string config = "{\"importance_type\": \"" + importance_type + "\"}";
    bst_ulong count = 0, dimensions = 0;
    const char** names = nullptr;
    const bst_ulong* shape = nullptr;
    const float* values = nullptr;
    check(XGBoosterFeatureScore(booster_, config.c_str(), &count, &names, &dimensions, &shape, &values));
    std::map<std::string, double> out;
    for (bst_ulong k = 0; k < count; ++k) out[names[k]] = static_cast<double>(values[k]);
    return out;
  }

  /// "feature_name" or "feature_type" of every feature, as the file says.
  std::vector<std::string> feature_info(const char* field) {
    bst_ulong size = 0;
    const char** texts = nullptr;
    check(XGBoosterGetStrFeatureInfo(booster_, field, &size, &texts));
    return {texts, texts + size};
  }

 private:
  static void check(int status) {
    if (status != 0) throw std::runtime_error(XGBGetLastError());
  }

  static DMatrixHandle matrix(const std::vector<float>& rows, const std::vector<XgboostFeature>& features) {
    DMatrixHandle data = nullptr;
    check(XGDMatrixCreateFromMat(rows.data(), rows.size() / features.size(), features.size(), std::nanf(""),
                                 &data));
    std::vector<const char*> types;
    for (const XgboostFeature& feature : features) types.push_back(feature.levels > 0 ? "c" : "float");
    check(XGDMatrixSetStrFeatureInfo(data, "feature_type", types.data(), types.size()));
    return data;
  }

  std::vector<float> answer(const std::vector<float>& rows, const std::vector<XgboostFeature>& features,
                            int option_mask) {
    DMatrixHandle data = matrix(rows, features);
    bst_ulong size = 0;
    const float* values = nullptr;
    check(XGBoosterPredict(booster_, data, option_mask, 0, 0, &size, &values));
    std::vector<float> out(values, values + size);
    XGDMatrixFree(data);
    return out;
  }

  BoosterHandle booster_ = nullptr;
};

}  // namespace kohort
