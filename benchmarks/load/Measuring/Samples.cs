using System.Diagnostics;

namespace Xopc.Load.Measuring;

/// <summary>Durations of one run, in milliseconds. Not thread safe: one per client, merged at the end.</summary>
internal sealed class Samples
{
    private readonly List<double> _values = [];

    public int Count => _values.Count;

    public static Samples Merge(IEnumerable<Samples> parts)
    {
        var all = new Samples();
        foreach (var part in parts)
        {
            all._values.AddRange(part._values);
        }

        return all;
    }

    public void Add(double milliseconds) => _values.Add(milliseconds);

    public void AddSince(long timestamp) => _values.Add(Stopwatch.GetElapsedTime(timestamp).TotalMilliseconds);

    /// <summary>Nearest rank; <paramref name="percent"/> 0 to 100. NaN without samples.</summary>
    public double Percentile(double percent)
    {
        if (_values.Count == 0)
        {
            return double.NaN;
        }

        _values.Sort();
        return _values[Math.Clamp((int)Math.Ceiling(percent / 100 * _values.Count) - 1, 0, _values.Count - 1)];
    }

    public double P50 => Percentile(50);

    public double P99 => Percentile(99);
}

/// <summary>Arithmetic over the runs of a figure.</summary>
internal static class Runs
{
    public static double Median(IReadOnlyCollection<double> values)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>Least squares: change of the value per step.</summary>
    public static double Slope(IReadOnlyList<double> values)
    {
        var mean = values.Average();
        var middle = (values.Count - 1) / 2.0;
        var (up, down) = (0.0, 0.0);
        for (var i = 0; i < values.Count; i++)
        {
            up += (i - middle) * (values[i] - mean);
            down += (i - middle) * (i - middle);
        }

        return down == 0 ? 0 : up / down;
    }
}
