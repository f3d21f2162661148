-- complain if the script is sourced in psql instead of being run by CREATE EXTENSION
\echo Use "CREATE EXTENSION retention" to load this file. \quit

