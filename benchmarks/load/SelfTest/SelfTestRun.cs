using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Xopc.Load.Checks;
using Xopc.Load.Measuring;
using Xopc.Load.Model;
using Xopc.Load.Scenarios;
using Xopc.Load.Wire;

namespace Xopc.Load.SelfTest;

/// <summary>
/// Proves that the harness can fail: it is set upon a stub whose faults are known and must find exactly those, and none in a stub without. Then the whole run, tiny,
/// against the stub as a process.
/// </summary>
internal static class SelfTestRun
{
    private static readonly Sizes Sizes = Sizes.Tiny with { TurnsEachInOneSession = 20 };

    public static async Task<int> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        var failed = 0;
        await using var table = new StringWriter();
        output.WriteLine("| Check | Expected | Found | |");
        output.WriteLine("|---|---|---|---|");
        await foreach (var (name, expected, found) in ChecksAsync(table, cancellationToken))
        {
            var ok = expected == found;
            failed += ok ? 0 : 1;
            output.WriteLine($"| {name} | {expected} | {found} | {(ok ? "ok" : "**FAILED**")} |");
        }

        output.WriteLine();
        output.WriteLine("The table of the tiny run on the stub without faults, to see its shape (its figures say nothing about a gateway):");
        output.WriteLine();
        output.WriteLine(table);
        output.WriteLine(failed == 0 ? "self-test passed" : $"self-test FAILED: {failed}");
        return failed == 0 ? 0 : 1;
    }

    private static async IAsyncEnumerable<(string Name, string Expected, string Found)> ChecksAsync(
        TextWriter table, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var samples = new Samples();
        for (var i = 200; i > 0; i--)
        {
            samples.Add(i);
        }

        yield return ("p50, p99 of 1…200; median of 3, 1, 2; slope of 5, 7, 9", "100 198 2 2", Invariant($"{samples.P50} {samples.P99} {Runs.Median([3, 1, 2])} {Runs.Slope([5, 7, 9])}"));
        yield return ("own CPU time grows and own memory is seen", "True", $"{Burn() && ProcessFigures.Memory(Environment.ProcessId).Pss > 5}");
        yield return ("answers cut between any two bytes are read whole", "9 of 9", await DrippedAsync(cancellationToken));
        yield return ("the fake model: echo, history, stamps", "right right 5 stamps", await FakeModelAsync(cancellationToken));

        foreach (var (fault, verdict) in new (StubFault, Verdict)[]
        {
            (StubFault.None, Verdict.Wrong), (StubFault.WrongMarker, Verdict.Wrong), (StubFault.CutText, Verdict.Wrong), (StubFault.Empty, Verdict.Empty),
            (StubFault.DoubledText, Verdict.Duplicate), (StubFault.SomebodysAnswer, Verdict.Duplicate), (StubFault.Refused, Verdict.Failed),
            (StubFault.Forgetful, Verdict.Forgetful),
        })
        {
            foreach (var stream in (bool[])[false, true])
            {
                yield return await AnswersAsync(fault, verdict, stream, cancellationToken);
            }
        }

        yield return await AnswersAsync(StubFault.BrokenStream, Verdict.Failed, stream: true, cancellationToken);
        foreach (var fault in (StubFault[])[StubFault.None, StubFault.SwappedRows, StubFault.MissingRow, StubFault.DoubledRow])
        {
            yield return await TranscriptAsync(fault, cancellationToken);
        }

        foreach (var fault in (StubFault[])[StubFault.None, StubFault.LostEvent, StubFault.DoubledEvent])
        {
            yield return await EventsAsync(fault, cancellationToken);
        }

        yield return ("the whole run on a stub without faults: rows, failures", "18 0", await WholeRunAsync(StubFault.None, table, cancellationToken));
        yield return ("the whole run on a stub that answers wrong: failures", "some", await WholeRunAsync(StubFault.WrongMarker, TextWriter.Null, cancellationToken));
        yield return ("the whole run on a stub that cuts its list: failures", "some", await WholeRunAsync(StubFault.ShortPage, TextWriter.Null, cancellationToken));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static bool Burn()
    {
        var before = ProcessFigures.CpuMilliseconds(Environment.ProcessId);
        var until = Stopwatch.StartNew();
        while (until.ElapsedMilliseconds < 10_000 && ProcessFigures.CpuMilliseconds(Environment.ProcessId) < before + 20)
        {
            Thread.SpinWait(10_000);
        }

        return ProcessFigures.CpuMilliseconds(Environment.ProcessId) >= before + 20;
    }

    /// <summary>One answer with a length, one in chunks, one empty, sent in pieces of 1, 2 and 3 bytes.</summary>
    private static async Task<string> DrippedAsync(CancellationToken cancellationToken)
    {
        const string answers = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
            + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        var right = 0;
        foreach (var size in (int[])[1, 2, 3])
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            using var client = await WireConnection.OpenAsync(((IPEndPoint)listener.LocalEndpoint).Port, cancellationToken, capacity: 64);
            using var server = await listener.AcceptSocketAsync(cancellationToken);
            server.NoDelay = true;
            var sending = DripAsync(server, Encoding.ASCII.GetBytes(answers), size, cancellationToken);
            foreach (var expected in (string[])["hello", "hello", ""])
            {
                var (status, body) = await client.AskAsync("x"u8.ToArray(), cancellationToken);
                right += status == 200 && Encoding.ASCII.GetString(body.Span) == expected ? 1 : 0;
            }

            await sending;
        }

        return $"{right} of 9";
    }

    private static async Task DripAsync(Socket socket, byte[] bytes, int size, CancellationToken cancellationToken)
    {
        for (var i = 0; i < bytes.Length; i += size)
        {
            await socket.SendAsync(bytes.AsMemory(i, Math.Min(size, bytes.Length - i)), SocketFlags.None, cancellationToken);
        }
    }

    private static async Task<string> FakeModelAsync(CancellationToken cancellationToken)
    {
        await using var server = WireServer.Start(0, new FakeModel().HandleAsync);
        using var client = await ModelClient.OpenAsync(server.Port, cancellationToken);
        client.NewConversation("self");
        var (book, delays) = (new AnswerBook(), new Samples());
        var first = book.Judge("a", 5, (await client.AskAsync(EchoText.Message("a", 5), null, cancellationToken)).Reply, 1);
        var second = book.Judge("b", 5, (await client.AskAsync(EchoText.Message("b", 5, paceMs: 1), delays, cancellationToken)).Reply, 2);
        return Invariant($"{first} {second} {(delays.Percentile(0) >= 0 ? delays.Count : -1)} stamps").ToLowerInvariant();
    }

    private static async Task<(string Name, string Expected, string Found)> AnswersAsync(
        StubFault fault, Verdict verdict, bool stream, CancellationToken cancellationToken)
    {
        var stub = new StubGateway(fault);
        await using var server = WireServer.Start(0, stub.HandleAsync);
        var clients = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => GatewayClient.OpenAsync(server.Port, stream, cancellationToken)));
        var book = new AnswerBook();
        var result = await new ClosedLoop(clients, "self", Sizes.TokensPerAnswer, book).TurnsAsync(70, 20, cancellationToken);
        Array.ForEach(clients, static client => client.Dispose());
        var expected = fault == StubFault.None ? 0 : 280 / StubGateway.Every;
        return (
            $"answers {(stream ? "as SSE" : "as JSON")}: {fault}",
            $"{expected} {verdict.ToString().ToLowerInvariant()}, {expected} bad, {280 - expected} counted",
            $"{(stub.Injected == expected ? book[verdict] : -1)} {verdict.ToString().ToLowerInvariant()}, {book.Bad} bad, {result.Times.Count} counted");
    }

    private static async Task<(string Name, string Expected, string Found)> TranscriptAsync(StubFault fault, CancellationToken cancellationToken)
    {
        var stub = new StubGateway(fault);
        await using var server = WireServer.Start(0, stub.HandleAsync);
        var book = new AnswerBook();
        var (turns, rows) = await OneSessionScenario.TogetherAsync(server.Port, 8, Sizes, "self", book, cancellationToken);
        var check = TranscriptCheck.Of(rows, turns);
        var found = fault switch
        {
            StubFault.SwappedRows => check.OutOfOrder > 0 && check.Missing + check.Doubled + check.Unpaired == 0 ? "out of order" : check.ToString(),
            StubFault.MissingRow => check is { Missing: 1, Bad: 1 } ? "1 missing" : check.ToString(),
            StubFault.DoubledRow => check.Doubled == 2 && check.Missing + check.Unpaired == 0 ? "2 doubled" : check.ToString(),
            _ => check.ToString(),
        };
        var expected = fault switch { StubFault.SwappedRows => "out of order", StubFault.MissingRow => "1 missing", StubFault.DoubledRow => "2 doubled", _ => "order kept" };
        return ($"transcript of one session: {fault}", $"{expected}, 0 bad answers", $"{found}, {book.Bad} bad answers");
    }

    private static async Task<(string Name, string Expected, string Found)> EventsAsync(StubFault fault, CancellationToken cancellationToken)
    {
        await using var server = WireServer.Start(0, new StubGateway(fault).HandleAsync);
        using var connection = await WireConnection.OpenAsync(server.Port, cancellationToken);
        var rename = await EventsScenario.RenamerAsync(connection, cancellationToken);
        await using var clients = await EventClients.OpenAsync(server.Port, 10, cancellationToken);
        var times = await clients.BroadcastAsync(1, rename, cancellationToken);
        var (lost, doubled) = (fault == StubFault.LostEvent ? 1 : 0, fault == StubFault.DoubledEvent ? 1 : 0);
        return ($"broadcast to 10 clients: {fault}", $"{lost} lost, {doubled} doubled, {10 - lost} timed", $"{clients.Lost} lost, {clients.Doubled} doubled, {times.Count} timed");
    }

    private static async Task<string> WholeRunAsync(StubFault fault, TextWriter table, CancellationToken cancellationToken)
    {
        var options = new LoadOptions { AskedRuns = 2, TurnsPerSession = 5, Gateway = [Harness.Self()[0], .. Harness.Self()[1..], "stub-gateway", $"{fault}"] };
        var report = await Harness.RunAsync(options, Sizes.Tiny, TextWriter.Null, cancellationToken);
        report.Print(table);
        return fault == StubFault.None ? $"{report.Figures.Count} {report.Failures.Count}" : report.Failures.Count > 0 ? "some" : "none";
    }
}
