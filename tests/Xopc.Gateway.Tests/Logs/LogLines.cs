using System.Globalization;
using System.Text.Json.Nodes;

namespace Xopc.Gateway.Tests.Logs;

/// <summary>Writes log files as the processes of an installation do.</summary>
internal sealed class LogLines(string state)
{
    public static readonly DateTimeOffset Midnight = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public string Directory { get; } = System.IO.Directory.CreateDirectory(Path.Combine(state, "logs")).FullName;

    public static string Line(int second, string message, string level = "info", string module = "Xopc.Test", string service = "xopc", params (string Name, string Value)[] fields)
    {
        var line = new JsonObject
        {
            ["level"] = level, ["time"] = Midnight.AddSeconds(second).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture), ["pid"] = 7,
            ["service"] = service, ["module"] = module, ["msg"] = message,
        };
        foreach (var (name, value) in fields)
        {
            line[name] = value;
        }

        return line.ToJsonString();
    }

    public void Append(string file, params string[] lines) => File.AppendAllText(Path.Combine(Directory, file), string.Concat(lines.Select(line => line + "\n")));

    public void AppendTorn(string file, string text) => File.AppendAllText(Path.Combine(Directory, file), text);
}
