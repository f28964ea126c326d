using System.Globalization;

namespace Xopc.Load.Report;

/// <summary>One row of the table.</summary>
/// <param name="Id">Stable name, for the JSON file.</param>
/// <param name="Runs">The figure of each run; the table shows their median.</param>
/// <param name="Beside">What the same run measured beside it: the model alone, a bare commit, an empty endpoint.</param>
/// <param name="Limit">What it should reach; null when nothing was promised.</param>
internal sealed record Figure(string Id, string Name, string Unit, IReadOnlyList<double> Runs, string Beside, double? Limit = null, bool MoreIsBetter = false)
{
    public double Value => Runs.Count == 1 ? Runs[0] : Xopc.Load.Measuring.Runs.Median(Runs.ToArray());

    public bool? Reached => Limit is not { } limit ? null : MoreIsBetter ? Value >= limit : Value <= limit;

    public static string Format(double value) => double.IsNaN(value) ? "?" : value.ToString(
        Math.Abs(value) >= 1000 ? "#,0" : Math.Abs(value) >= 100 ? "0" : Math.Abs(value) >= 10 ? "0.0" : value == Math.Floor(value) ? "0" : "0.00",
        CultureInfo.InvariantCulture);

    public string Row()
    {
        var spread = Runs.Count > 1 ? $" ({Format(Runs.Min())} – {Format(Runs.Max())})" : "";
        var limit = Limit is { } reach ? $"{(MoreIsBetter ? "≥" : "≤")} {Format(reach)}{Suffix()}" : "–";
        return $"| {Name} | {Format(Value)}{Suffix()}{spread} | {Beside} | {limit} | {Reached switch { true => "yes", false => "**no**", null => "" }} |";
    }

    private string Suffix() => Unit.Length == 0 ? "" : " " + Unit;
}
