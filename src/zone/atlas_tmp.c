#include "zone/atlas.h"
#include <errno.h>
#include <stddef.h>
bool atlas_has_geo(const struct atlas *a){(void)a;return false;}
bool atlas_has_latency(const struct atlas *a){(void)a;return false;}
bool atlas_has_region(const struct atlas *a,const char*r){(void)a;(void)r;return false;}
const char *atlas_nearest_region(const struct atlas *a,const char*r){(void)a;(void)r;return NULL;}
bool atlas_has_collection(const struct atlas *a,const char*r){(void)a;(void)r;return false;}
const char *atlas_nearest_collection(const struct atlas *a,const char*r){(void)a;(void)r;return NULL;}
bool atlas_has_cidr_location(const struct atlas *a,const char*r,const char*l){(void)a;(void)r;(void)l;return false;}
const char *atlas_nearest_cidr_location(const struct atlas *a,const char*r,const char*l){(void)a;(void)r;(void)l;return NULL;}
int atlas_region_point(const char*r,struct atlas_point*p){(void)r;(void)p;return -ENOENT;}
const char *atlas_nearest_region_point(const char*r){(void)r;return NULL;}
struct order *atlas_order_latency(struct atlas *a,const char*const*r,uint32_t c){(void)a;(void)r;(void)c;return NULL;}
struct order *atlas_order_geo(struct atlas *a,const struct atlas_location*r,uint32_t c){(void)a;(void)r;(void)c;return NULL;}
struct order *atlas_order_geoproximity(struct atlas *a,const struct atlas_point*r,uint32_t c){(void)a;(void)r;(void)c;return NULL;}
struct order *atlas_order_cidr(struct atlas *a,const char*n,const char*const*r,uint32_t c){(void)a;(void)n;(void)r;(void)c;return NULL;}
