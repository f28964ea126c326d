using System.Text.Json.Nodes;
using Xopc.Testing.Faults;
using Xopc.Testing.Telegram;

namespace Xopc.EndToEnd.Tests.Faults;

/// <summary>The real program in processes of its own, which die by SIGKILL.</summary>
internal sealed class ProcessWorld : FaultWorld
{
    private readonly Deployment _xopc;
    private readonly Shape _shape;
    private readonly string _arm;

    private ProcessWorld(string name, Shape shape, TelegramServer telegram, Deployment xopc, string arm)
        : base(name, telegram) => (_shape, _xopc, _arm) = (shape, xopc, arm);

    public override string State => _xopc.State;

    public static async Task<ProcessWorld> CreateAsync(string name, Shape shape)
    {
        var telegram = await TelegramServer.StartAsync();
        var arm = Path.Combine(Directory.CreateTempSubdirectory("xopc-arm-").FullName, "arm");
        var settings = new Dictionary<string, string>
        {
            ["DOTNET_STARTUP_HOOKS"] = typeof(FaultArm).Assembly.Location, [FaultArm.Variable] = arm, ["Messaging__RelayLease"] = "00:00:01",
            ["Messaging__SweepAfter"] = "00:00:02", ["Messaging__ClaimIdle"] = "00:00:02", ["Messaging__ClaimEvery"] = "00:00:01",
        };
        var world = default(ProcessWorld);
        var xopc = await Deployment.StartAsync(shape, settings, beforeStart: async deployment =>
        {
            world = new ProcessWorld(name, shape, telegram, deployment, arm);
            deployment.Model.ForModel("echo", Model);
            Directory.CreateDirectory(Path.Combine(deployment.State, "workspace"));
            await File.WriteAllTextAsync(Path.Combine(deployment.State, "workspace", "note.txt"), "Remember.", Wait.Cancelled);
            var path = Path.Combine(deployment.State, "xopc.json");
            var document = JsonNode.Parse(await File.ReadAllTextAsync(path, Wait.Cancelled))!.AsObject();
            document["session"]!["dmScope"] = "per-account-channel-peer";
            document["channels"] = Channels(telegram.Address);
            await File.WriteAllTextAsync(path, document.ToJsonString(), Wait.Cancelled);
        });
        return world!;
    }

    public override bool Has(FaultCase point) => _shape != Shape.OneProcess || !point.OnlyBundle;

    public override void Arm(string point, int nth) => FaultArm.Write(_arm, point, nth);

    public override async Task<bool> DiesAsync()
    {
        using var limit = new CancellationTokenSource(Wait.Generous);
        while (!File.Exists(_arm + FaultArm.Reached))
        {
            if (limit.IsCancellationRequested)
            {
                return false;
            }

            await Wait.MomentAsync();
        }

        File.Delete(_arm + FaultArm.Reached);
        await _xopc.SomeoneDiesAsync();
        return true;
    }

    public override Task StartAsync(bool dies = false) => _xopc.StartDeadAsync(waits: !dies);

    public override Task<(int Status, JsonNode? Body)> SendAsync(HttpMethod method, string path, string json, string idempotencyKey) =>
        _xopc.SendAsync(method, path, json, ("Idempotency-Key", idempotencyKey));

    public override string Describe() =>
        $"armed: {(File.Exists(_arm) ? File.ReadAllText(_arm) : "nothing")}; {string.Join("; ", Bots.Select(bot => $"{bot}: {bot.PendingUpdates} pending, poll {bot.PollState}, last call {(bot.Calls is [.., var call] ? call : null)}"))}\n{_xopc.Screens()}";

    public override async ValueTask DisposeAsync()
    {
        await _xopc.DisposeAsync();
        await Telegram.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(_arm)!, recursive: true);
    }
}
