using System.Text;

namespace Xopc.Testing.Http;

/// <summary>Reads an SSE response event by event; comments are passed over.</summary>
/// <param name="patience">How long the next line may take.</param>
/// <param name="breakIsEnd">Whether a connection that breaks ends the stream like one that is closed, instead of failing the test.</param>
public sealed class SseReader(HttpResponseMessage response, Stream stream, TimeSpan patience, bool breakIsEnd, CancellationToken cancellationToken) : IDisposable
{
    private readonly StreamReader _reader = new(stream, Encoding.UTF8);

    /// <summary>The next event; null at the end.</summary>
    public async Task<SseEvent?> NextAsync()
    {
        string? id = null;
        string? type = null;
        string? data = null;
        try
        {
            while (await _reader.ReadLineAsync(cancellationToken).AsTask().WaitAsync(patience, cancellationToken) is { } line)
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
        catch (Exception ex) when (breakIsEnd && ex is (IOException or HttpRequestException))
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

    /// <summary>The first event that is wanted; what comes before is passed over, and told when the stream ends without it.</summary>
    public async Task<SseEvent> UntilAsync(Func<SseEvent, bool> wanted)
    {
        var seen = new List<string>();
        while (await NextAsync() is { } next)
        {
            if (wanted(next))
            {
                return next;
            }

            seen.Add($"{next.Id} {next.Type}: {next.Data}");
        }

        throw new InvalidOperationException("The stream ended before the wanted event came. It brought:\n" + string.Join('\n', seen));
    }

    public void Dispose()
    {
        _reader.Dispose();
        response.Dispose();
    }
}
