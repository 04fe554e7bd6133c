#define PLAIN_TABLE kPlainO3
#define PLAIN_OPTIONS "-O3"
#include "plain_loops.inc"
