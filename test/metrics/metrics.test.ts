import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/metrics/catalogue.ts';
import { Histogram } from '../../src/metrics/instruments.ts';
import { openMetricsText } from '../../src/metrics/open-metrics.ts';
import { observersOf } from '../../src/metrics/observers.ts';
import { Metrics, type Readings } from '../../src/metrics/metrics.ts';
import { parseOpenMetrics } from '../fixtures/open-metrics.ts';

const seconds = { type: 'histogram', unit: 'seconds', help: 'x', labels: ['tool'], buckets: [0.5, 1, 10] } as const;

function textOf(metrics: Metrics): string {
  const names = Object.entries(catalogue).filter(([, { type }]) => type === 'gauge' || type === 'info');
  const none = Object.fromEntries([...names.map(([name]) => [name, []]), ['sallyport_process_cpu_seconds', []]]);
  return metrics.text(none as Readings);
}

describe('the text', () => {
  it('escapes what stands in help and labels', () => {
    const description = { type: 'info', help: 'a "b" \\ c\nd', labels: ['version'] } as const;
    const samples = [{ suffix: '_info', labels: [['version', '1"\n\\']] as const, value: 1 }];
    expect(openMetricsText([{ name: 'x', description, samples }])).toBe(
      '# TYPE x info\n# HELP x a \\"b\\" \\\\ c\\nd\nx_info{version="1\\"\\n\\\\"} 1\n# EOF\n',
    );
  });

  it('counts a value in each bucket that it is not above, and in the last', () => {
    const histogram = new Histogram(seconds);
    for (const value of [0.1, 1, 5, 99]) histogram.observe(['say'], value);
    const text = openMetricsText([{ name: 'x_seconds', description: seconds, samples: histogram.samples() }]);
    expect(text).toContain('x_seconds_bucket{tool="say",le="0.5"} 1\n');
    expect(text).toContain('x_seconds_bucket{tool="say",le="1.0"} 2\n');
    expect(text).toContain('x_seconds_bucket{tool="say",le="10.0"} 3\n');
    expect(text).toContain('x_seconds_bucket{tool="say",le="+Inf"} 4\n');
    expect(text).toContain('x_seconds_count{tool="say"} 4\n');
    expect(text).toContain('x_seconds_sum{tool="say"} 105.1\n');
    expect(() => parseOpenMetrics(text)).not.toThrow();
  });

  it('is what a strict parser takes, before anything happened and after', () => {
    const metrics = new Metrics();
    const before = parseOpenMetrics(textOf(metrics));
    expect([...before.keys()].toSorted()).toEqual(Object.keys(catalogue).toSorted());
    expect(before.get('sallyport_redactions')?.samples).toEqual([
      { name: 'sallyport_redactions_total', labels: {}, value: 0 },
    ]);
    metrics.count('sallyport_calls', ['read_file', 'allow', 'success']);
    expect(parseOpenMetrics(textOf(metrics)).get('sallyport_calls')?.samples).toEqual([
      {
        name: 'sallyport_calls_total',
        labels: { tool: 'read_file', decision: 'allow', outcome: 'success' },
        value: 1,
      },
    ]);
  });

  it('has families with names and help of their own, each with its unit in its name', () => {
    for (const [name, family] of Object.entries(catalogue)) {
      expect(name).toMatch(/^sallyport_[a-z_]+[a-z]$/);
      expect(name).not.toMatch(/_(?:total|count|sum|bucket|info)$/);
      expect('unit' in family ? name : '_none').toMatch(new RegExp(`_${'unit' in family ? family.unit : 'none'}$`));
      expect(family.help).toMatch(/\S/);
    }
  });
});

describe('what calls become', () => {
  it('gives names of tools that we do not have one label together', () => {
    const metrics = new Metrics();
    const { onCallEnded } = observersOf(metrics, new Set(['read_file']));
    const end = { decision: undefined, result: 'failed', code: 'unknown_tool', durationMs: 3, redactions: 0 } as const;
    for (let n = 0; n < 100; n += 1) onCallEnded({ ...end, tool: `x"\n${n}` });
    onCallEnded({ ...end, tool: 'read_file', code: null, result: 'success', decision: 'ask', redactions: 2 });
    const families = parseOpenMetrics(textOf(metrics));
    const calls = families.get('sallyport_calls')?.samples;
    expect(calls?.map(({ labels, value }) => [labels['tool'], labels['decision'], value])).toEqual([
      ['other', 'none', 100],
      ['read_file', 'ask', 1],
    ]);
    expect(families.get('sallyport_call_errors')?.samples).toHaveLength(1);
    expect(families.get('sallyport_redactions')?.samples[0]?.value).toBe(2);
  });

  it('costs a call little', () => {
    const { onCallEnded } = observersOf(new Metrics(), new Set(['read_file']));
    const end = { decision: 'allow', result: 'success', code: null, durationMs: 3, redactions: 0 } as const;
    const started = performance.now();
    for (let n = 0; n < 10_000; n += 1) onCallEnded({ ...end, tool: 'read_file' });
    // A microsecond is usual; this is for a machine that does much else.
    expect(performance.now() - started).toBeLessThan(500);
  });
});
