using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Xopc.ChannelLoad.Hosts;
using Xopc.Load.Measuring;
using Xopc.Load.Wire;

namespace Xopc.ChannelLoad.Driving;

/// <summary>Clients of <c>POST /api/message</c>, each of which asks again when it has its answer. Message n goes to chat n modulo their number and says so.</summary>
internal sealed class MessageClients(int port, string account, IReadOnlyList<long> chats)
{
    private int _next;

    /// <summary>The ids that were answered, with the number of their message.</summary>
    public Dictionary<string, int> Accepted { get; } = new(StringComparer.Ordinal);

    public static string Text(int number) => $"message {number:d6} of the load, which is about as long as a short answer";

    /// <summary>Sends until the time is over or so many are sent. Messages per second, and the time of each.</summary>
    public async Task<(double PerSecond, Samples Times)> SendAsync(int clients, TimeSpan time, int most, CancellationToken cancellationToken)
    {
        var connections = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => WireConnection.OpenAsync(port, cancellationToken)));
        var (first, last) = (_next, _next + most);
        var began = Stopwatch.GetTimestamp();
        var parts = await Task.WhenAll(connections.Select(connection => Task.Run(() => SendAsync(connection, began, time, last, cancellationToken))));
        var took = Stopwatch.GetElapsedTime(began);
        Array.ForEach(connections, static connection => connection.Dispose());
        foreach (var (id, number) in parts.SelectMany(static part => part.Ids))
        {
            if (!Accepted.TryAdd(id, number))
            {
                throw new InvalidDataException($"The id {id} was answered twice.");
            }
        }

        _next = Math.Min(_next, last);
        return ((_next - first) / took.TotalSeconds, Samples.Merge(parts.Select(static part => part.Times)));
    }

    private async Task<(Samples Times, List<(string Id, int Number)> Ids)> SendAsync(WireConnection connection, long began, TimeSpan time, int last, CancellationToken cancellationToken)
    {
        var request = new WireRequest(GatewayLaunch.Token);
        var (times, ids) = (new Samples(), new List<(string, int)>());
        while (Stopwatch.GetElapsedTime(began) < time && Interlocked.Increment(ref _next) - 1 is var number && number < last)
        {
            var body = Encoding.ASCII.GetBytes($$"""{"channel":"telegram","accountId":"{{account}}","chat_id":"{{chats[number % chats.Count]}}","content":"{{Text(number)}}"}""");
            var start = Stopwatch.GetTimestamp();
            var (status, answer) = await connection.AskAsync(request.Post("/api/message", body), cancellationToken);
            times.AddSince(start);
            ids.Add((status == 200 ? IdOf(answer) : throw new InvalidDataException($"Message {number} was answered {status}: {Encoding.UTF8.GetString(answer.Span)}"), number));
        }

        return (times, ids);
    }

    // {"status":"ok","message_id":"…"}
    private static string IdOf(ReadOnlyMemory<byte> body)
    {
        var json = new Utf8JsonReader(body.Span);
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("message_id"u8) && json.Read() && json.GetString() is { Length: > 0 } id)
            {
                return id;
            }
        }

        throw new InvalidDataException("A message without message_id.");
    }
}
