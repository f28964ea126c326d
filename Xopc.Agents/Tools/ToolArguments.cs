using System.Text.Json;

namespace Xopc.Agents.Tools;

/// <summary>Arguments of one call that passed their tool's declaration.</summary>
internal sealed class ToolArguments
{
    private readonly Dictionary<string, object> _values = new(StringComparer.Ordinal);

    private ToolArguments()
    {
    }

    public string Text(string name) => (string)_values[name];

    public string? FindText(string name) => _values.GetValueOrDefault(name) as string;

    public int Count(string name, int otherwise) => _values.TryGetValue(name, out var value) ? (int)value : otherwise;

    public bool Flag(string name) => _values.TryGetValue(name, out var value) && (bool)value;

    /// <summary>Null and what is wrong, fit for the model to correct itself, where the arguments do not fit the declaration.</summary>
    public static ToolArguments? Read(string json, IReadOnlyList<ToolParameter> parameters, out string problem)
    {
        try
        {
            using var document = JsonDocument.Parse(string.IsNullOrWhiteSpace(json) ? "{}" : json);
            var problems = new List<string>();
            var arguments = new ToolArguments();
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                problems.Add("the arguments must be a JSON object");
            }
            else
            {
                arguments.Fill(document.RootElement, parameters, problems);
            }

            problem = string.Join("; ", problems);
            return problems.Count == 0 ? arguments : null;
        }
        catch (Exception ex) when (ex is JsonException or InvalidOperationException)
        {
            problem = "the arguments are not valid JSON";
            return null;
        }
    }

    private void Fill(JsonElement root, IReadOnlyList<ToolParameter> parameters, List<string> problems)
    {
        foreach (var parameter in parameters)
        {
            if (!root.TryGetProperty(parameter.Name, out var value) || value.ValueKind == JsonValueKind.Null)
            {
                if (parameter.Required)
                {
                    problems.Add($"'{parameter.Name}' is missing");
                }
            }
            else if (Convert(value, parameter, out var problem) is { } converted)
            {
                _values[parameter.Name] = converted;
            }
            else
            {
                problems.Add($"'{parameter.Name}' {problem}");
            }
        }

        foreach (var unknown in root.EnumerateObject().Where(property => parameters.All(parameter => parameter.Name != property.Name)).Take(5))
        {
            problems.Add($"there is no argument '{(unknown.Name.Length > 60 ? unknown.Name[..60] : unknown.Name)}'");
        }
    }

    // Small models write numbers and flags as texts; what is meant is clear.
    private static object? Convert(JsonElement value, ToolParameter parameter, out string problem)
    {
        problem = "";
        switch (parameter.Type)
        {
            case ToolParameterType.Text when value.ValueKind == JsonValueKind.String:
                var text = value.GetString()!;
                problem = $"is longer than {parameter.Max} characters";
                return text.Length <= parameter.Max ? text : null;
            case ToolParameterType.Count:
                problem = $"must be a whole number from 1 to {parameter.Max}";
                var isCount = value.ValueKind == JsonValueKind.Number ? value.TryGetInt32(out var count)
                    : int.TryParse(value.ValueKind == JsonValueKind.String ? value.GetString() : null, out count);
                return isCount && count >= 1 ? Math.Min(count, parameter.Max) : null;
            case ToolParameterType.Flag when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                return value.GetBoolean();
            case ToolParameterType.Flag when value.ValueKind == JsonValueKind.String && bool.TryParse(value.GetString(), out var flag):
                return flag;
            default:
                problem = parameter.Type == ToolParameterType.Text ? "must be a text" : "must be true or false";
                return null;
        }
    }
}
