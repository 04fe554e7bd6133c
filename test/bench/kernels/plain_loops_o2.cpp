#define PLAIN_TABLE kPlainO2
#define PLAIN_OPTIONS "-O2"
#include "plain_loops.inc"
