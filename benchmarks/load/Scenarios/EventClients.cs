using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Xopc.Load.Measuring;
using Xopc.Load.Processes;
using Xopc.Load.Wire;

namespace Xopc.Load.Scenarios;

/// <summary>Idle clients of <c>GET /api/events</c> that note when a broadcast reaches each of them.</summary>
internal sealed class EventClients : IAsyncDisposable
{
    /// <summary>The name that a rename gives; its number says which broadcast an event belongs to.</summary>
    public const string NamePrefix = "broadcast ";

    private static readonly TimeSpan ArrivalLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<WireConnection> _connections = [];
    private readonly List<Task> _reading = [];
    private readonly Lock _gate = new();
    private Samples _times = new();
    private int[] _seen = [];
    private int _current = -1;
    private int _arrived;
    private long _sent;
    private TaskCompletionSource _all = new();

    public int Count => _connections.Count;

    /// <summary>Events that a client did not get in time, and events that it got once more.</summary>
    public int Lost { get; private set; }

    public int Doubled { get; private set; }

    /// <summary>Opens them, 50 at a time, each until its <c>connected</c> event.</summary>
    public static async Task<EventClients> OpenAsync(int port, int count, CancellationToken cancellationToken)
    {
        var clients = new EventClients { _seen = new int[count] };
        try
        {
            for (var i = 0; i < count; i += 50)
            {
                await Task.WhenAll(Enumerable.Range(i, Math.Min(50, count - i)).Select(index => clients.ConnectAsync(port, index, cancellationToken)));
            }

            return clients;
        }
        catch
        {
            await clients.DisposeAsync();
            throw;
        }
    }

    /// <summary>Triggers broadcast <paramref name="number"/> and waits until every client has it, or long enough; returns the time to each client.</summary>
    public async Task<Samples> BroadcastAsync(int number, Func<string, Task> rename, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _times = new Samples();
            Array.Clear(_seen);
            (_current, _arrived) = (number, 0);
            _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _sent = Stopwatch.GetTimestamp();
        }

        await rename(string.Create(CultureInfo.InvariantCulture, $"{NamePrefix}{number}"));
        try
        {
            await _all.Task.WaitAsync(ArrivalLimit, TimeProvider.System, cancellationToken);
        }
        catch (TimeoutException)
        {
            // Counted below.
        }

        // What is sent twice comes a little later than what is sent once.
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
        lock (_gate)
        {
            Lost += _seen.Count(static times => times == 0);
            Doubled += _seen.Sum(static times => Math.Max(0, times - 1));
            return _times;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_reading);
        _connections.ForEach(static connection => connection.Dispose());
        _stop.Dispose();
    }

    private async Task ConnectAsync(int port, int index, CancellationToken cancellationToken)
    {
        var connection = await WireConnection.OpenAsync(port, cancellationToken, capacity: 1024);
        lock (_gate)
        {
            _connections.Add(connection);
        }

        var status = await connection.SendAsync(new WireRequest(GatewayLaunch.Token).Get("/api/events", stream: true), cancellationToken);
        if (status != 200)
        {
            throw new InvalidDataException($"Event client {index} was answered {status}.");
        }

        var connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _reading.Add(ReadAsync(connection, index, connected));
        }

        await connected.Task.WaitAsync(ArrivalLimit, TimeProvider.System, cancellationToken);
    }

    private async Task ReadAsync(WireConnection connection, int index, TaskCompletionSource connected)
    {
        var frames = new SseReader();
        SseFrame onFrame = (name, data) =>
        {
            if (name.SequenceEqual("session.updated"u8))
            {
                Note(index, data);
            }
            else if (name.SequenceEqual("connected"u8))
            {
                connected.TrySetResult();
            }
        };
        try
        {
            while (await connection.ReadPieceAsync(_stop.Token) is { Length: > 0 } piece)
            {
                frames.Add(piece.Span, onFrame);
            }
        }
        catch (Exception ex) when (ex is OperationCanceledException or SocketException or InvalidDataException)
        {
            // The end of the scenario, or a client that the server dropped: then its events count as lost.
        }
    }

    private void Note(int index, ReadOnlySpan<byte> data)
    {
        var now = Stopwatch.GetTimestamp();
        var name = JsonText.Member(data, "name"u8);
        lock (_gate)
        {
            if (name is null || !name.StartsWith(NamePrefix, StringComparison.Ordinal)
                || !int.TryParse(name.AsSpan(NamePrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number != _current)
            {
                return;
            }

            if (_seen[index]++ == 0)
            {
                _times.Add(Stopwatch.GetElapsedTime(_sent, now).TotalMilliseconds);
                if (++_arrived == _seen.Length)
                {
                    _all.TrySetResult();
                }
            }
        }
    }
}
