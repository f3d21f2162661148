# bench/r.R: one R session for bench/measure.pl.
#
# Each line of standard input names a file with R expressions and a file for rows, separated by a tab.
# All expressions are run, and only the first is timed. When the last one gives a data frame, that is
# written tab-separated. One line is printed: "ms" with the time, or "error" with the message.

run <- function(expressions_file, rows_file) {
  expressions <- parse(expressions_file)
  elapsed <- system.time(value <- eval(expressions[[1]], globalenv()), gcFirst = TRUE)[["elapsed"]]
  for (expression in expressions[-1]) {
    value <- eval(expression, globalenv())
  }
  if (is.data.frame(value)) {
    write.table(value, rows_file, quote = FALSE, sep = "\t", na = "\\N", row.names = FALSE, col.names = FALSE)
  }
  sprintf("ms %.3f", 1000 * elapsed)
}

input <- file("stdin", "r")
while (length(line <- readLines(input, 1)) > 0) {
  files <- strsplit(line, "\t", fixed = TRUE)[[1]]
  answer <- tryCatch(run(files[1], files[2]),
                     error = function(e) paste("error", gsub("\n", " ", conditionMessage(e))))
  cat(answer, "\n", sep = "")
  flush(stdout())
}
