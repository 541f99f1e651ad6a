"""Tests of capbox under real container engines, one module for each engine."""
