/** Runs the suites, keeps what JMH measured as JSON, and makes the page and its charts from that. */
package io.limiter.bench.report;
