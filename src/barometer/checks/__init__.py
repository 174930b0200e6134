"""Behavioural tests of a shipped model: what it must be able to do, case by case (CheckList, Ribeiro et al. 2020)."""
