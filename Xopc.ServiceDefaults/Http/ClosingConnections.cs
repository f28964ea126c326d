using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Xopc.ServiceDefaults.Http;

/// <summary>
/// From the moment a stop begins every answer says <c>Connection: close</c>, also to a request that was there before: a client that would use the
/// connection again finds it closed under a request that may or may not have been read. In front of everything, in every process.
/// </summary>
internal sealed class ClosingConnections(IHostApplicationLifetime lifetime) : IStartupFilter
{
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        Func<object, Task> close = CloseAsync;
        app.Use(inner => context =>
        {
            // At the start of the answer, not of the request: it is about what is true when the headers leave.
            context.Response.OnStarting(close, context.Response);
            return inner(context);
        });
        next(app);
    };

    private Task CloseAsync(object state)
    {
        var response = (HttpResponse)state;
        if (lifetime.ApplicationStopping.IsCancellationRequested && HttpProtocol.IsHttp11(response.HttpContext.Request.Protocol))
        {
            response.Headers.Connection = "close";
        }

        return Task.CompletedTask;
    }
}
