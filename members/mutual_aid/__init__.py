"""Mutual medical aid of workers: policies by year and unit, their reimbursement tables, and claims."""
