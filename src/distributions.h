/*
 * distributions.h
 *	  Tails and quantiles of the normal, the beta and Student's t distribution.
 *
 * Plain C99 without a server: what cannot be computed is NaN, and the caller
 * turns NaN into an error. Accuracy and sources stand with each function, in
 * normal.c, beta.c and student.c.
 *
 * No library is used: GSL is GPL; Boost.Math is a large C++ header library whose
 * exceptions do not mix with the server's longjmp; and the rest of Debian has no
 * small, permissively licensed one. So the few functions needed are written here
 * once.
 */
#ifndef RETENTION_DISTRIBUTIONS_H
#define RETENTION_DISTRIBUTIONS_H

/*
 * The shapes of a beta distribution for which results are given; others yield NaN.
 * With still larger ones the whole distribution would fit between two doubles.
 */
#define BETA_MIN_SHAPE	1e-100
#define BETA_MAX_SHAPE	1e20

extern double NormalUpperTail(double z);
extern double NormalTwoSided(double z);
extern double NormalQuantileUpper(double q);
extern double NormalCriticalValue(double confidence);

extern double StudentCriticalValue(double confidence, double df);

extern double BetaLowerTail(double x, double a, double b);
extern double BetaUpperTail(double x, double a, double b);
extern double BetaQuantile(double p, double a, double b);
extern double BetaQuantileUpper(double q, double a, double b);

#endif							/* RETENTION_DISTRIBUTIONS_H */
