using System.Text.Encodings.Web;
using System.Text.Json;

namespace Xopc.Load.Report;

/// <summary>Everything that a run found out, printed as Markdown.</summary>
internal sealed class LoadReport
{
    private readonly List<Figure> _figures = [];
    private readonly List<string> _conditions = [];
    private readonly List<string> _failures = [];

    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Scenarios that did not come to an end, and answers that were not right: a run with one of them is no measurement.</summary>
    public IReadOnlyList<string> Failures => _failures;

    public void Add(Figure figure) => _figures.Add(figure);

    public void State(string condition) => _conditions.Add(condition);

    public void Fail(string what) => _failures.Add(what);

    public void Print(TextWriter output)
    {
        output.WriteLine("| Figure | Median (least – most) | Beside it, same run | Reach | Reached |");
        output.WriteLine("|---|---|---|---|---|");
        foreach (var figure in _figures)
        {
            output.WriteLine(figure.Row());
        }

        output.WriteLine();
        foreach (var condition in _conditions)
        {
            output.WriteLine($"- {condition}");
        }

        foreach (var failure in _failures)
        {
            output.WriteLine($"- **FAILED** {failure}");
        }
    }

    public async Task SaveAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.Create(path);
        await using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteStartArray("figures");
        foreach (var figure in _figures)
        {
            Write(json, figure);
        }

        json.WriteEndArray();
        Write(json, "conditions", _conditions);
        Write(json, "failures", _failures);
        json.WriteEndObject();
        await json.FlushAsync(cancellationToken);
    }

    private static void Write(Utf8JsonWriter json, Figure figure)
    {
        json.WriteStartObject();
        json.WriteString("id", figure.Id);
        json.WriteString("name", figure.Name);
        json.WriteString("unit", figure.Unit);
        json.WritePropertyName("value");
        Number(json, figure.Value);
        json.WriteStartArray("runs");
        foreach (var run in figure.Runs)
        {
            Number(json, run);
        }

        json.WriteEndArray();
        json.WriteString("beside", figure.Beside);
        if (figure is { Limit: { } limit, Reached: { } reached })
        {
            json.WriteNumber("limit", limit);
            json.WriteBoolean("reached", reached);
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, List<string> lines)
    {
        json.WriteStartArray(name);
        lines.ForEach(json.WriteStringValue);
        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, double value)
    {
        if (double.IsFinite(value))
        {
            json.WriteNumberValue(value);
        }
        else
        {
            json.WriteNullValue();
        }
    }
}
