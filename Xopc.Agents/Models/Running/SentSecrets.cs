namespace Xopc.Agents.Models;

/// <summary>
/// What a model server was shown with a request: its key, and every header of ours whatever its name, since nobody knows which of them let us in. Servers and
/// the gateways before them repeat such values in their errors, and an error becomes an answer, a row and an event.
/// </summary>
internal sealed class SentSecrets
{
    /// <summary>Shorter ones are words such as <c>none</c>; taking them out would make reasons unreadable.</summary>
    private const int MinimumLength = 8;

    private readonly string[] _values;

    public SentSecrets(IEnumerable<KeyValuePair<string, string>> headers, string? key = null)
    {
        // Authorization: Bearer sk-… is told without its scheme too.
        var shown = headers.Select(header => header.Value).Append(key ?? "").SelectMany(value => (string[])[value, value[(value.LastIndexOf(' ') + 1)..]]);
        _values = [.. shown.Where(value => value.Length >= MinimumLength).Distinct(StringComparer.Ordinal).OrderByDescending(value => value.Length)];
    }

    /// <summary>A server's explanation without them.</summary>
    public string? Hide(string? message) => message is null ? null : _values.Aggregate(message, (text, value) => text.Replace(value, "***", StringComparison.OrdinalIgnoreCase));
}
