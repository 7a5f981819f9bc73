#!/usr/bin/env node
// Committed, so that it is executable where npm links it, before anything is built.
import '../dist/main.js';
