# pROC's DeLong interval for problem.csv: run `Rscript make_proc.R` here to make proc.csv anew.
suppressMessages(library(pROC))
problem <- read.csv("problem.csv")
curve <- roc(problem$event, problem$probability, levels = c(0, 1), direction = "<", quiet = TRUE)
interval <- ci.auc(curve, method = "delong", conf.level = 0.95)
writeLines(c("low,auc,high,variance",
             paste(format(c(interval, var(curve, method = "delong")), digits = 17), collapse = ",")), "proc.csv")
writeLines(c(R.version.string, paste("pROC", packageVersion("pROC"))), "versions-R.txt")
