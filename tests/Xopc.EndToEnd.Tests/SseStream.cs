using System.Text;
using System.Text.Json.Nodes;

namespace Xopc.EndToEnd.Tests;

/// <summary>One SSE event.</summary>
internal sealed record SseEvent(string? Id, string Type, string Data)
{
    public JsonNode Json => JsonNode.Parse(Data)!;
}

/// <summary>Reads an SSE response event by event.</summary>
internal sealed class SseStream(HttpResponseMessage response, Stream stream) : IDisposable
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8);

    /// <summary>The next event; null when the stream ends, also when it breaks.</summary>
    public async Task<SseEvent?> NextAsync()
    {
        string? id = null;
        string? type = null;
        string? data = null;
        try
        {
            while (await _reader.ReadLineAsync(Wait.Cancelled).AsTask().WaitAsync(Wait.Generous, Wait.Cancelled) is { } line)
            {
                if (line.Length == 0 && type is not null)
                {
                    return new SseEvent(id, type, data ?? "");
                }

                id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;
                type = line.StartsWith("event: ", StringComparison.Ordinal) ? line[7..] : type;
                data = line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : data;
            }
        }
        catch (Exception ex) when (ex is IOException or HttpRequestException)
        {
            return null;
        }

        return null;
    }

    public async Task<List<SseEvent>> ToEndAsync()
    {
        var all = new List<SseEvent>();
        while (await NextAsync() is { } next)
        {
            all.Add(next);
        }

        return all;
    }

    public async Task<SseEvent> UntilAsync(Func<SseEvent, bool> wanted)
    {
        var seen = new List<string>();
        while (await NextAsync() is { } next)
        {
            seen.Add($"{next.Id} {next.Type}");
            if (wanted(next))
            {
                return next;
            }
        }

        throw new InvalidOperationException("The stream ended before the wanted event came: " + string.Join(", ", seen));
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
