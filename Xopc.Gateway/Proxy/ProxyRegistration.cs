using Microsoft.AspNetCore.DataProtection;
using Microsoft.Net.Http.Headers;
using Xopc.Contracts;
using Xopc.ServiceDefaults.Http;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace Xopc.Gateway.Proxy;

/// <summary>Forwarding to the services of a bundle.</summary>
internal static class ProxyRegistration
{
    public static void AddForwarding(this IServiceCollection services, EdgeOptions edge)
    {
        services.AddServiceDiscovery();
        services.AddSingleton<PrincipalStamp>();
        services.AddSingleton<ServiceOutages>();

        // Both write a warning and a stack for every attempt while a service is away: each request, and each probe of each 5 s. ServiceOutages says it once,
        // and the change of a destination's health is said by YARP's health updater.
        services.AddLogging(logging => logging
            .AddFilter("Yarp.ReverseProxy.Forwarder.HttpForwarder", LogLevel.Error)
            .AddFilter("Yarp.ReverseProxy.Health.ActiveHealthCheckMonitor", LogLevel.Error));
        services.AddSingleton<IForwarderHttpClientFactory, ServiceHttpClientFactory>();
        services.AddSingleton<IDestinationResolver, ServiceDiscoveryResolver>();
        var proxy = services.AddReverseProxy();
        DropKeyRing(services);
        proxy
            .LoadFromMemory(ProxyConfig.Routes(), ProxyConfig.Clusters(edge))
            .AddTransforms(context =>
            {
                context.RequestTransforms.Add(new ForwardTransform(context.Services.GetRequiredService<PrincipalStamp>()));
                context.AddResponseTransform(FinishAsync);
            });
    }

    /// <summary>
    /// YARP brings data protection along for its session affinity, which is not used here; its key ring would be written into the home directory at
    /// every first start.
    /// </summary>
    private static void DropKeyRing(IServiceCollection services)
    {
        services.AddDataProtection().UseEphemeralDataProtectionProvider();
        foreach (var writer in services.Where(IsKeyRingWriter).ToList())
        {
            services.Remove(writer);
        }
    }

    private static bool IsKeyRingWriter(ServiceDescriptor service) =>
        service.ServiceType == typeof(IHostedService) && service.ImplementationType?.Assembly == typeof(DataProtectionServiceCollectionExtensions).Assembly;

    public static void MapForwarding(this IEndpointRouteBuilder app) =>
        app.MapReverseProxy(pipeline =>
        {
            // A client library takes CONNECT for the opening of a tunnel: the request would fail as if the service were away.
            pipeline.Use(static (context, next) => HttpMethods.IsConnect(context.Request.Method) ? ApiError.WriteAsync(context, ErrorCode.MethodNotAllowed) : next(context));
            pipeline.UseMiddleware<ForwardErrors>();
            pipeline.UseLoadBalancing();
            pipeline.UsePassiveHealthChecks();
        }).Add(Annotate);

    /// <summary>Each forwarded route carries the scope of its row, as a module's own endpoint would.</summary>
    private static void Annotate(EndpointBuilder endpoint)
    {
        var route = endpoint.Metadata.OfType<RouteModel>().Single().Config;
        endpoint.Metadata.Add(new ExcludeFromDescriptionAttribute()); // the service describes what lies there
        endpoint.Metadata.Add(new EndpointScope(Enum.Parse<OperatorScope>(route.Metadata![ProxyConfig.ScopeKey]), null));
    }

    private static async ValueTask FinishAsync(ResponseTransformContext context)
    {
        var response = context.HttpContext.Response;
        response.Headers.Remove(HeaderNames.Server);
        if (context.ProxyResponse?.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            // A proxy in front of the edge (nginx) collects a stream unless it is told not to.
            response.Headers["X-Accel-Buffering"] = "no";

            // YARP sends the headers with the first byte of the body; an idle stream's client would wait 15 s to learn that it is connected.
            await response.Body.FlushAsync(context.HttpContext.RequestAborted);
        }
    }
}
