using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Xopc.Agents.Tests;

/// <summary>The real clock without periodic timers: what happens, happens for another reason than a tick.</summary>
internal sealed class FrozenTicks : TimeProvider
{
    /// <summary>Gives a host this clock.</summary>
    public static void Use(WebApplicationBuilder builder) => builder.Services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new FrozenTicks()));

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, period == Timeout.InfiniteTimeSpan ? dueTime : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
}
