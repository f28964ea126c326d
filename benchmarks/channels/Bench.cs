using Xopc.ChannelLoad.Hosts;
using Xopc.Load.Report;

namespace Xopc.ChannelLoad;

/// <summary>What the scenarios of one run share.</summary>
/// <param name="Directory">On the disk that carries the gateways' databases.</param>
internal sealed record Bench(RunOptions Options, LoadReport Report, GatewayLaunch Launch, string Directory);
